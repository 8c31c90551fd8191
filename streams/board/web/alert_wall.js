// The wall of open alerts. What it shows is text, never HTML: everything comes through interpolation.
import { remember, remembered } from "/static/remembered.js";
const FRESH_MS = 4000;
// The board says something within 25 s; without the connection nothing comes, and the button is to work again.
const LONGEST_MS = 30000;

// Three rising tones: no file, and a closed network needs none.
function ring() {
  const audio = new AudioContext();
  [660, 880, 1100].forEach((hertz, n) => {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = hertz;
    const at = audio.currentTime + n * 0.22;
    loudness.gain.setValueAtTime(0.0001, at);
    loudness.gain.exponentialRampToValueAtTime(0.4, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.2);
  });
  setTimeout(() => audio.close(), 1500);
}

// What waits for somebody comes first, by its clock; then what somebody has taken over, the newest first.
function byUrgency(a, b) {
  const waits = (tile) => (tile.due === "sign" || tile.due === "confirm" ? 0 : 1);
  return b.rank - a.rank || waits(a) - waits(b) || (waits(a) ? b.at - a.at : a.due_at - b.due_at) || (a.id < b.id ? -1 : 1);
}

export default {
  template: `
  <div class="wall" :lang="words.lang === 'zh' ? 'zh-CN' : 'en'">
    <h1 class="unseen">{{ say.heading }}</h1>
    <div class="strip">
      <button v-for="[grade, word] in words.grades" :key="grade" type="button" class="tally" :class="grade"
          :aria-pressed="only === grade" @click="only = only === grade ? '' : grade">
        <span class="word">{{ word }}</span><b>{{ counts[grade] ?? 0 }}</b>
      </button>
      <p class="waiting"><b>{{ unsigned }}</b> {{ say.unsigned }}</p>
      <p class="waiting late" :class="{ some: overdue }"><b ref="overdue">{{ overdue }}</b> {{ say.overdue }}</p>
      <button type="button" class="plain fold" :aria-expanded="unfolded" @click="unfolded = !unfolded">{{ say.filters }}</button>
      <div class="filters" :class="{ unfolded }">
        <label><span class="unseen">{{ say.search }}</span>
          <input ref="search" v-model.trim="search" type="search" :placeholder="say.search"></label>
        <label v-for="[key, options] in choices" :key="key"><span class="unseen">{{ say[key] }}</span>
          <select v-model="chosen[key]"><option value="">{{ say[key] }} · {{ say.any }}</option>
            <option v-for="[id, name] in options" :key="id" :value="id">{{ name }}</option></select></label>
        <button v-if="filtered" type="button" class="plain" @click="clear">{{ say.clear }}</button>
        <button type="button" class="plain" :aria-pressed="sound" @click="switchSound">
          {{ sound ? say.sound_on : say.sound_off }}</button>
        <span class="keys" tabindex="0" :title="say.keys_said">{{ say.keys }}<span class="unseen">: {{ say.keys_said }}</span></span>
      </div>
    </div>
    <p class="unseen" aria-live="assertive">{{ told }}</p>
    <p v-if="loaded && !shown.length" class="nothing">{{ filtered ? say.none_here : say.none }}</p>
    <section v-for="[grade, word, tiles] in groups" :key="grade" :class="'grade ' + grade">
      <h2><span class="unseen">{{ word }} {{ tiles.length }}</span></h2>
      <ol>
        <li v-for="tile in tiles" :key="tile.id" v-memo="[tile, pending[tile.id], refused[tile.id], fresh[tile.id]]"
            :id="'alert-' + tile.id" class="tile" :class="[tile.grade, { fresh: fresh[tile.id], taken: !tile.may_sign && tile.state !== 'candidate' }]">
          <div class="head">
            <span class="badge">{{ tile.word }}<small>{{ tile.change }}</small></span>
            <a class="title" :href="'/alert/' + tile.id">{{ tile.title }}</a>
            <span v-for="mark in tile.marks" :key="mark" class="mark">{{ mark }}</span>
          </div>
          <div class="body">
            <div class="what">
              <p class="place">{{ tile.place }}</p>
              <p class="counted"><span><b>{{ tile.counted }}</b> <span class="norm">{{ tile.norm }}</span> <span class="when">{{ tile.when }}</span></span>
            <svg v-if="tile.spark.length" class="spark" viewBox="0 0 96 24" preserveAspectRatio="none" role="img" :aria-label="say.trend + ': ' + tile.spark.join(' ')">
              <path :d="line(tile.spark)" fill="none" vector-effect="non-scaling-stroke"/></svg></p>
            </div>
            <div class="because">
              <p class="why"><span>{{ say.why }}</span> {{ tile.why }}</p>
              <p v-if="tile.advice" class="do"><span>{{ say.do }}</span> {{ tile.advice }}</p>
            </div>
          </div>
          <div class="foot">
            <p class="owner"><span>{{ say.owner }}</span> {{ tile.owner }}</p>
            <p class="state"><span class="state-word">{{ pending[tile.id] ? say.signing : tile.state_word }}</span>
              <span v-if="tile.who" class="by">{{ tile.who }}</span></p>
            <p v-if="tile.due" class="due" :data-due="tile.due_at" :data-what="tile.due"><span></span></p>
            <button v-if="words.maySign && tile.may_sign" type="button" class="sign" :disabled="!!pending[tile.id]"
                @click="sign(tile)">{{ say.sign }}<span class="unseen"> {{ tile.title }} {{ tile.place }}</span></button>
          </div>
          <p v-if="refused[tile.id]" class="refused" role="alert">{{ refused[tile.id] }}</p>
        </li>
      </ol>
    </section>
    <dialog ref="naming" @close="named"><form method="dialog">
      <label>{{ say.by }}<input ref="name" v-model.trim="by" maxlength="60" required autocomplete="name"></label>
      <p>{{ say.by_why }}</p>
      <button value="ok">{{ say.ok }}</button> <button value="" formnovalidate>{{ say.cancel }}</button>
    </form></dialog>
  </div>`,

  props: { words: Object },

  data() {
    const { sound = false, by = "" } = remembered();
    return {
      tiles: {}, loaded: false, now: 0, only: "", search: "", chosen: { area: "", kind: "", state: "" },
      pending: {}, refused: {}, fresh: {}, told: "", overdue: 0, sound, by, unfolded: false, waitingFor: null,
    };
  },

  computed: {
    say() {
      return this.words.say;
    },
    choices() {
      return [["area", this.words.areas], ["kind", this.words.kinds], ["state", this.words.states]];
    },
    filtered() {
      return !!(this.only || this.search || Object.values(this.chosen).some(Boolean));
    },
    all() {
      return Object.values(this.tiles).sort(byUrgency);
    },
    shown() {
      const { area, kind, state } = this.chosen;
      const words = this.search.toLowerCase().split(/\s+/).filter(Boolean);
      return this.all.filter((tile) => (!this.only || tile.grade === this.only)
        && (!area || tile.districts.includes(area)) && (!kind || tile.kind === kind) && (!state || tile.state === state)
        && words.every((word) => tile.text.includes(word)));
    },
    groups() {
      return this.words.grades.map(([grade, word]) => [grade, word, this.shown.filter((tile) => tile.grade === grade)])
        .filter(([, , tiles]) => tiles.length);
    },
    counts() {
      const counts = {};
      for (const tile of this.all) counts[tile.grade] = (counts[tile.grade] ?? 0) + 1;
      return counts;
    },
    unsigned() {
      return this.all.filter((tile) => tile.due === "sign" || tile.due === "confirm").length;
    },
  },

  created() {
    this.waiting = {};
  },

  mounted() {
    this.title = document.title;
    document.addEventListener("keydown", this.key);
    this.$emit("ready");
  },

  unmounted() {
    document.removeEventListener("keydown", this.key);
  },

  updated() {
    this.count();
  },

  methods: {
    apply(tiles, gone, now) {
      this.now = now;
      const news = [];
      for (const tile of tiles) {
        const before = this.tiles[tile.id];
        if (before && before.version > tile.version) continue;
        if (this.loaded && (!before || before.rank < tile.rank)) news.push(tile);
        this.tiles[tile.id] = Object.freeze(tile);
        if (before && before.version < tile.version) {
          delete this.pending[tile.id];
          delete this.refused[tile.id];
        }
      }
      for (const id of gone) delete this.tiles[id];
      this.loaded = true;
      if (news.length) this.announce(news);
      else if (!tiles.length) this.count();
      this.retitle();
    },

    announce(news) {
      for (const tile of news) {
        this.fresh[tile.id] = true;
        setTimeout(() => delete this.fresh[tile.id], FRESH_MS);
      }
      const red = news.find((tile) => tile.grade === "red");
      const first = red ?? news[0];
      this.told = `${red ? this.say.new_red : this.say.new}: ${first.title}, ${first.place}`;
      if (red && this.sound) ring();
    },

    retitle() {
      const red = this.all.filter((tile) => tile.grade === "red" && (tile.due === "sign" || tile.due === "confirm")).length;
      const word = this.words.grades.find(([grade]) => grade === "red")[1];
      document.title = red ? `(${word} ${red}) ${this.title}` : this.title;
    },

    // Straight to the page: drawing five hundred tiles anew every second would be felt while scrolling.
    count() {
      let overdue = 0;
      for (const element of this.$el.querySelectorAll("[data-due]")) {
        const left = Number(element.dataset.due) - this.now;
        const late = left < 0;
        const said = this.say[`${late ? "late" : "due"}_${element.dataset.what}`];
        const text = said.replace("{}", this.span(Math.abs(left)));
        const shown = element.firstElementChild;
        if (shown.textContent !== text) shown.textContent = text;
        element.classList.toggle("late", late);
        element.classList.toggle("soon", !late && left < 300);
      }
      for (const tile of this.all) if (tile.due && tile.due_at < this.now) overdue += 1;
      this.overdue = overdue;
    },

    span(seconds) {
      const minutes = Math.floor(seconds / 60);
      const { day, hour, minute } = this.say;
      const gap = this.words.lang === "zh" ? "" : " ";
      if (minutes < 60) return `${minutes}${gap}${minute}`;
      if (minutes < 2880) return `${Math.floor(minutes / 60)}${gap}${hour}${gap}${minutes % 60}${gap}${minute}`;
      return `${Math.floor(minutes / 1440)}${gap}${day}`;
    },

    line(counts) {
      const top = Math.max(3, ...counts);
      return counts.map((n, i) => `${i ? "L" : "M"}${((i * 96) / (counts.length - 1)).toFixed(1)} ${(23 - (n / top) * 22).toFixed(1)}`).join("");
    },

    sign(tile) {
      if (!this.by && this.words.askName) {
        this.waitingFor = tile;
        this.$refs.naming.returnValue = "";
        this.$refs.naming.showModal();
        return;
      }
      delete this.refused[tile.id];
      this.pending[tile.id] = true;
      clearTimeout(this.waiting[tile.id]);
      this.waiting[tile.id] = setTimeout(() => this.pending[tile.id] && this.settle(tile.id, false, this.say.lost), LONGEST_MS);
      this.$emit("sign", { id: tile.id, by: this.by, grade: tile.grade });
    },

    named() {
      const tile = this.waitingFor;
      this.waitingFor = null;
      if (this.$refs.naming.returnValue !== "ok" || !this.by) return;
      this.remember();
      if (tile) this.sign(tile);
    },

    settle(id, done, says) {
      clearTimeout(this.waiting[id]);
      delete this.waiting[id];
      if (done) {
        setTimeout(() => delete this.pending[id], 3000);
      } else {
        delete this.pending[id];
        this.refused[id] = says;
      }
    },

    switchSound() {
      this.sound = !this.sound;
      if (this.sound) ring();
      this.remember();
    },

    remember() {
      remember({ sound: this.sound, by: this.by });
    },

    clear() {
      this.only = this.search = "";
      this.chosen = { area: "", kind: "", state: "" };
    },

    key(event) {
      const inField = event.target.closest("input, select, textarea, dialog");
      if (event.key === "Escape" && inField) event.target.blur();
      if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
      const act = {
        j: () => this.move(1), k: () => this.move(-1), "/": () => this.$refs.search.focus(), m: this.switchSound, 0: this.clear,
        1: () => this.toggle(0), 2: () => this.toggle(1), 3: () => this.toggle(2), 4: () => this.toggle(3),
        s: () => document.activeElement?.closest(".tile")?.querySelector(".sign")?.click(),
      }[event.key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      act();
    },

    toggle(n) {
      const grade = this.words.grades[n][0];
      this.only = this.only === grade ? "" : grade;
    },

    move(by) {
      const links = [...this.$el.querySelectorAll(".tile .title")];
      const at = links.findIndex((link) => link.closest(".tile").contains(document.activeElement));
      const next = links[Math.min(links.length - 1, Math.max(0, at + by))];
      next?.focus();
      next?.closest(".tile").scrollIntoView({ block: "nearest" });
    },
  },
};
