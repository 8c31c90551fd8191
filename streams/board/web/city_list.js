// Beside the map: everything about one area, and all areas as a table: what the map shows, for who cannot see it.
const FIRST = 100; // rows shown at first: hundreds that change place hold the map up

export default {
  template: `
  <div class="city-list">
    <section v-if="side" class="area" :aria-label="words.details">
      <h2>{{ side.name }} <small>{{ side.what }}<template v-if="side.people"> · {{ side.people }}</template></small></h2>
      <div class="score" v-if="side.index"><p class="figure" :class="'is-' + side.index.colour"><b>{{ side.index.score }}</b><span>{{ words.index }} · {{ side.index.word }}</span></p>
        <div class="off"><h3>{{ words.why }}</h3>
          <ol v-if="side.index.off.length"><li v-for="[text, share] in side.index.off" :key="text"><span>{{ text }}</span><b>{{ share }}%</b><i :style="{ width: share + '%' }"></i></li></ol>
          <p v-else>{{ words.nothing_off }}</p></div></div>
      <p v-else class="quiet">{{ words.no_index }}</p>
      <p v-if="side.index" class="quiet">{{ side.index.today }} · {{ side.index.as_of }}</p>
      <h3>{{ words.open }} <b>{{ side.alerts.length + side.more }}</b></h3>
      <ul v-if="side.alerts.length" class="alerts">
        <li v-for="one in side.alerts" :key="one.id"><a :href="one.href"><span class="badge" :class="one.grade">{{ one.word }}</span>
          <span class="said"><b>{{ one.title }}</b><span>{{ one.where }}</span></span><time>{{ one.since }}</time></a></li>
        <li v-if="side.more" class="quiet">+ {{ side.more }}</li></ul>
      <p v-else class="quiet">{{ words.no_alerts }}</p>
      <div class="trends">
        <figure><figcaption>{{ words.index_course }}</figcaption>
          <svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img" :aria-label="words.index_course + ': ' + side.scores.map((one) => one[1]).join(' ')">
            <path v-for="n in [90, 80, 70]" :key="n" class="limit" :d="'M0,' + high(n) + 'h100'"/><path v-if="side.scores.length" class="course" :d="course"/></svg></figure>
        <figure><figcaption>{{ words.event_course }}</figcaption>
          <svg viewBox="0 0 24 40" preserveAspectRatio="none" role="img" :aria-label="words.event_course + ': ' + side.hours.join(' ')"><path class="counts" :d="hours"/></svg></figure>
      </div>
      <h3>{{ words.by_kind }} <small>{{ side.span }}</small></h3>
      <ul v-if="side.kinds.length" class="kinds"><li v-for="one in side.kinds" :key="one.name"><span>{{ one.name }}</span><i><i :style="{ width: 100 * one.share + '%' }"></i></i><b>{{ one.n }}</b></li></ul>
      <p v-else class="quiet">{{ words.no_events }}</p>
    </section>
    <section class="table" role="region" tabindex="0" :aria-label="words.areas">
      <table><caption>{{ words.areas }} · {{ level }}</caption>
        <thead><tr><th scope="col">{{ words.area }}</th><th scope="col" :aria-sort="sorted('index')">{{ words.index }}</th><th scope="col" :aria-sort="sorted('alerts')">{{ words.open }}</th>
          <th scope="col" :aria-sort="sorted('heat')">{{ words.events }} <small>{{ span }}</small></th></tr></thead>
        <tbody><tr v-for="[id, cell] in all ? rows : rows.slice(0, FIRST)" :key="id" v-memo="[cell, selected === id, words]" :class="{ selected: selected === id }">
          <th scope="row"><button type="button" :aria-pressed="cell.down ? undefined : selected === id" @click="$emit('pick', id)">{{ cell.name }}<span v-if="cell.down" aria-hidden="true"> ›</span></button></th>
          <td><span v-if="cell.score" class="light" :class="'is-' + cell.colour">{{ cell.score }} <small>{{ cell.word }}</small></span><template v-else>–</template></td>
          <td><span v-if="cell.grade" class="badge" :class="cell.grade">{{ cell.open }}</span><template v-else>–</template></td>
          <td>{{ cell.n }}<small v-if="cell.usual"> / {{ cell.usual }}</small></td></tr></tbody></table>
      <button v-if="!all && rows.length > FIRST" type="button" class="plain all" @click="all = true">{{ words.show_all }} ({{ rows.length }})</button>
      <p v-if="anyUsual" class="quiet">{{ words.usual_said }}</p>
    </section>
  </div>`,
  props: { words: Object },
  data() {
    return { FIRST, all: false, cells: {}, order: [], level: "", span: "", layer: "index", selected: "", side: null };
  },
  computed: {
    rows() {
      return this.order.filter((id) => this.cells[id]).map((id) => [id, this.cells[id]]);
    },
    anyUsual() {
      return this.rows.some(([, cell]) => cell.usual);
    },
    least() {
      return Math.min(60, ...this.side.scores.map((one) => one[1]));
    },
    course() {
      return this.side.scores.map(([x, score], n) => (n ? `H${100 * x}V${this.high(score)}` : `M${100 * x},${this.high(score)}`)).join("");
    },
    hours() {
      const most = Math.max(1, ...this.side.hours);
      return this.side.hours.map((n, i) => `M${i + 0.1},40v${-(38 * n) / most}h.8V40z`).join("");
    },
  },
  methods: {
    high(score) {
      return 38 - (36 * (score - this.least)) / (100 - this.least);
    },
    sorted(layer) {
      return this.layer === layer ? (layer === "index" ? "ascending" : "descending") : undefined;
    },
    show(said) {
      const { cells, all, gone, ...rest } = said;
      if (rest.side && this.side && rest.side.name !== this.side.name) this.$el.scrollTop = 0;
      if (cells) {
        const known = all ? {} : { ...this.cells };
        for (const id of gone ?? []) delete known[id];
        this.cells = Object.freeze(Object.assign(known, cells));
      }
      for (const [name, value] of Object.entries(rest)) this[name] = Object.freeze(value);
    },
  },
  mounted() {
    this.$emit("ready");
  },
};
