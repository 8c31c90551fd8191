// The rules, what became of them, and who watches what. What it shows is text, never HTML.
export default {
  template: `
  <div class="rules" :lang="page.lang === 'zh' ? 'zh-CN' : 'en'">
    <h1>{{ say.title }}</h1>
    <p class="book-gist-line">{{ page.gist }}</p>
    <p v-if="page.reading" class="book-reading" role="status">{{ page.reading }}</p>

    <section aria-labelledby="gaps-title" class="gaps">
      <h2 id="gaps-title">{{ say.gaps }}</h2>
      <ul v-if="page.matrix.gaps.length" class="book-chips"><li v-for="gap in page.matrix.gaps" :key="gap"><span aria-hidden="true">✕</span> {{ gap }}</li></ul>
      <p v-else>{{ page.matrix.no_gaps }}</p>
      <p v-if="page.matrix.thin"><b>{{ say.thin }}</b> {{ page.matrix.thin }} <a href="#matrix">{{ say.matrix }}</a></p>
    </section>

    <section aria-labelledby="rules-title">
      <div class="book-rules-head">
        <h2 id="rules-title">{{ say.rules }}</h2>
        <label><span class="unseen">{{ say.search }}</span><input v-model.trim="search" type="search" :placeholder="say.search"></label>
        <div role="group" :aria-label="say.rules" class="book-statuses">
          <button type="button" class="plain" :aria-pressed="!status" @click="status = ''">{{ say.all }}</button>
          <button v-for="[id, word] in page.statuses" :key="id" type="button" class="plain" :aria-pressed="status === id" @click="status = status === id ? '' : id">{{ word }}</button>
        </div>
      </div>
      <p v-if="!shown.length">{{ say.none }}</p>
      <ul class="book-rule-list">
        <li v-for="rule in shown" :key="rule.id" :id="'rule-' + rule.id" class="book-rule" :class="rule.status">
          <div class="rule-what">
            <h3><span class="book-number">{{ rule.number }}</span> {{ rule.name }}
              <span class="book-status" :class="rule.status">{{ rule.status_word }}</span>
              <span v-for="one in rule.grades" :key="one.grade" class="book-dot" :class="one.grade">{{ one.word }}</span></h3>
            <p class="book-rule-says">{{ rule.says }}</p>
          </div>
          <dl class="book-figures">
            <div><dt>{{ say.hits }}</dt><dd><b>{{ rule.week.alerts }}</b> <small>{{ say.week }}</small> <b>{{ rule.month.alerts }}</b> <small>{{ say.month }}</small>
              <span class="book-by"><span v-for="one in rule.month.by" :key="one.grade" :class="one.grade" class="book-tone">{{ one.word }}{{ page.lang === 'zh' ? '' : ' ' }}{{ one.n }}</span></span></dd></div>
            <div><dt>{{ say.findings }}</dt><dd><b>{{ rule.week.findings }}</b> <small>{{ say.week }}</small> <b>{{ rule.month.findings }}</b> <small>{{ say.month }}</small></dd></div>
            <div><dt>{{ say.precision }}</dt><dd>{{ rule.precision }}
              <svg v-if="rule.bar" viewBox="0 0 100 8" class="book-interval" aria-hidden="true" preserveAspectRatio="none"><line x1="0" x2="100" y1="4" y2="4" class="book-axis"/><line :x1="100 * rule.bar[1]" :x2="100 * rule.bar[2]" y1="4" y2="4" class="book-range"/><rect :x="100 * rule.bar[0] - 1" y="0" width="2" height="8"/></svg></dd></div>
            <div><dt>{{ say.lead }}</dt><dd>{{ rule.lead }}</dd></div>
          </dl>
          <details @toggle="opened($event, rule.id)">
            <summary>{{ say.examples }} · {{ say.file }}<span class="unseen"> {{ rule.number }} {{ rule.name }}</span></summary>
            <p class="book-other" :lang="page.lang === 'zh' ? 'en' : 'zh-CN'">{{ rule.other }}</p>
            <dl class="book-facts"><div v-for="[name, value] in rule.facts" :key="name"><dt>{{ name }}</dt><dd>{{ value }}</dd></div></dl>
            <h4>{{ say.examples }}</h4>
            <p v-if="!rule.examples.length">{{ say.no_examples }}</p>
            <ul class="book-examples"><li v-for="one in rule.examples" :key="one.name"><b :class="one.fires ? 'book-fires' : 'book-silent'">{{ one.fires ? say.fires : say.silent }}</b> {{ one.name }} <span v-if="one.grade" class="book-dot" :class="one.grade.grade">{{ one.grade.word }}</span></li></ul>
            <h4 v-if="sources[rule.id]">{{ say.file }}</h4>
            <pre v-if="sources[rule.id]" tabindex="0" :aria-label="say.file">{{ sources[rule.id] }}</pre>
          </details>
        </li>
      </ul>
      <p v-for="note in page.notes" :key="note" class="book-note">{{ note }}</p>
    </section>

    <section id="matrix" aria-labelledby="matrix-title">
      <h2 id="matrix-title">{{ say.matrix }}</h2>
      <p class="book-note">{{ page.matrix.note }} {{ page.matrix.feeds }}</p>
      <div class="book-scroll" tabindex="0" role="group" :aria-label="say.matrix">
        <table class="book-matrix">
          <thead><tr><th scope="col">{{ say.kind }}</th><th v-for="head in page.matrix.heads" :key="head" scope="col">{{ head }}</th></tr></thead>
          <tbody v-for="group in page.matrix.groups" :key="group.name">
            <tr class="book-group"><th :colspan="page.matrix.heads.length + 1" scope="rowgroup">{{ group.name }}</th></tr>
            <tr v-for="row in group.rows" :key="row.name"><th scope="row">{{ row.name }}</th>
              <td v-for="(cell, n) in row.cells" :key="n" :class="'book-level-' + cell.level"><span class="book-level" aria-hidden="true">{{ cell.mark }}</span><span class="unseen">{{ cell.word }}</span> {{ cell.text }} <small v-if="cell.events">{{ say.events.replace('{n}', cell.events) }}</small></td></tr>
          </tbody>
        </table>
      </div>
    </section>

    <section aria-labelledby="reports-title">
      <h2 id="reports-title">{{ say.reports }}</h2>
      <ul v-if="page.reports.length" class="book-reports"><li v-for="one in page.reports" :key="one.href"><a :href="one.href" target="_blank" rel="noopener">{{ one.name }}</a> <span>{{ one.at }}</span></li></ul>
      <p v-else>{{ page.no_reports }}</p>
    </section>
  </div>`,

  props: { page: Object },

  data() {
    return { search: "", status: "", sources: {} };
  },

  computed: {
    say() {
      return this.page.say;
    },
    shown() {
      const wanted = this.search.toLowerCase();
      return this.page.rules.filter(
        (rule) =>
          (!this.status || rule.status === this.status) &&
          (!wanted || `${rule.number} ${rule.id} ${rule.name} ${rule.says} ${rule.other}`.toLowerCase().includes(wanted)),
      );
    },
  },

  methods: {
    opened(event, id) {
      if (event.target.open && !this.sources[id]) this.$emit("source", { id });
    },
    tell(id, text) {
      this.sources[id] = text;
    },
  },
};
