// The evidence of an alert. What a source sent before it was masked is held here alone, for as long as it may be seen.
import { remember, remembered } from "/static/remembered.js";
const SHOWN = 6;

export default {
  template: `
    <div class="evidence">
      <ol>
        <li v-for="row in shown" :key="row.id" :class="{ gone: !row.known }">
          <p class="ev-head">
            <b v-if="row.when">{{ row.when }}</b><span class="ev-source">{{ row.source }}</span><span v-if="row.kind">{{ row.kind }}</span>
            <span class="ev-place">{{ row.place }}</span><span v-for="note in row.notes" :key="note" class="mark">{{ note }}</span>
            <button v-if="mayReveal" type="button" class="ev-reveal" :aria-label="words.reveal + ' ' + row.id" :disabled="busy !== ''"
              @click="ask(row.id)">{{ words.reveal }}</button>
          </p>
          <p v-if="row.known" class="ev-text">{{ row.text || words.noText }}</p>
          <p v-else class="ev-text">{{ words.gone }} <code>{{ row.id }}</code></p>
          <p v-if="busy === row.id" class="ev-said" role="status"><span class="working" aria-hidden="true"></span>{{ words.searching }}</p>
          <p v-if="refused[row.id]" class="ev-said bad" role="alert">{{ refused[row.id] }}</p>
          <div v-if="original?.id === row.id" class="original" role="region" :aria-label="words.original">
            <p class="warn"><b>{{ words.original }}</b> {{ words.hides.replace("{s}", left) }}
              <button type="button" class="plain" @click="hide">{{ words.hide }}</button></p>
            <dl><template v-for="[name, value] in original.fields" :key="name"><dt>{{ name }}</dt><dd>{{ value }}</dd></template></dl>
          </div>
        </li>
      </ol>
      <button v-if="rows.length > few" type="button" class="plain" :aria-expanded="all" @click="all = !all">
        {{ all ? words.fewer : words.more.replace("{n}", rows.length) }}</button>
      <dialog ref="box" class="ask" :aria-label="words.reveal">
        <form @submit.prevent="go">
          <h2>{{ words.reveal }}</h2>
          <p class="explains">{{ words.explains }}</p>
          <label>{{ words.why }}<input v-model="why" name="why" maxlength="200" required autocomplete="off" /></label>
          <label v-if="askName">{{ words.by }}<input v-model="by" name="by" maxlength="100" required autocomplete="username" /></label>
          <div class="ask-end">
            <button type="button" class="plain" @click="$refs.box.close()">{{ words.cancel }}</button>
            <button type="submit" class="act next">{{ words.reveal }}</button>
          </div>
        </form>
      </dialog>
    </div>`,
  props: { rows: Array, words: Object, mayReveal: Boolean, askName: Boolean },
  emits: ["reveal"],
  data() {
    return { all: false, few: SHOWN, asked: "", why: "", by: remembered().by ?? "", busy: "", refused: {}, original: null, left: 0 };
  },
  computed: {
    shown() {
      return this.all ? this.rows : this.rows.slice(0, SHOWN);
    },
  },
  unmounted() {
    this.hide();
  },
  methods: {
    ask(id) {
      this.asked = id;
      this.why = "";
      this.by ||= remembered().by ?? "";
      this.$refs.box.showModal();
    },
    go() {
      if (this.askName) remember({ by: this.by });
      this.$refs.box.close();
      this.hide();
      this.refused = {};
      this.busy = this.asked;
      this.$emit("reveal", { id: this.asked, why: this.why, by: this.by });
    },
    reveal(id, fields, says, seconds) {
      this.busy = "";
      if (!fields.length) {
        this.refused = { [id]: says };
        return;
      }
      this.original = { id, fields };
      this.left = seconds;
      this.timer = setInterval(() => {
        this.left -= 1;
        if (this.left <= 0) this.hide();
      }, 1000);
    },
    hide() {
      clearInterval(this.timer);
      this.original = null;
    },
  },
};
