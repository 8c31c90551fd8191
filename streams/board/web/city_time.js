// Below the map: the last 24 hours, to step through and to play. One step is asked for when the one before has come.
const STEP_MS = 160;

export default {
  template: `
  <section class="city-time" :class="{ live }" :aria-label="words.time">
    <button type="button" class="play" :aria-label="playing ? words.pause : words.play" :title="(playing ? words.pause : words.play) + ' (␣)'" @click="toggle">
      <svg viewBox="0 0 24 24" aria-hidden="true"><path :d="playing ? 'M6,4h4v16h-4zM14,4h4v16h-4z' : 'M7,4l13,8l-13,8z'"/></svg></button>
    <label class="speed"><span class="unseen">{{ words.speed }}</span>
      <select v-model.number="speed"><option v-for="n in [1, 2, 4, 8]" :key="n" :value="n">{{ n }} {{ words.per_second }}</option></select></label>
    <p class="clock"><span class="state">{{ live ? words.live : words.looking_back }}</span> <b>{{ clock }}</b></p>
    <div class="track">
      <svg :viewBox="'0 0 ' + steps + ' 30'" preserveAspectRatio="none" aria-hidden="true">
        <path class="counts" :d="bars"/><path class="past" :d="past"/>
        <rect v-for="[step, grade] in raised" :key="step + grade" :class="grade" :x="step" y="0" width="1" height="30"/>
      </svg>
      <input type="range" min="0" :max="steps" :value="live ? steps : at" :aria-label="words.moment" :aria-valuetext="(live ? words.live + ' ' : '') + clock" @input="seek(+$event.target.value)" @keydown.space.prevent="toggle">
      <p class="hours" aria-hidden="true"><span v-for="(hour, n) in hours" :key="n">{{ hour }}</span></p>
    </div>
    <button v-show="!live" type="button" class="now" @click="goLive">{{ words.go_live }}</button>
  </section>`,
  props: { words: Object },
  data() {
    return { first: 0, steps: 144, at: null, clock: "", hours: [], counts: [], raised: [], playing: false, speed: 2, asked: 0, wanted: null };
  },
  computed: {
    live() {
      return this.at === null;
    },
    most() {
      return Math.max(1, ...this.counts);
    },
    bars() {
      return this.drawn(this.counts.length);
    },
    past() {
      return this.drawn(this.live ? this.counts.length : this.at);
    },
  },
  methods: {
    drawn(until) {
      return this.counts.slice(0, until).map((n, i) => (n ? `M${i + 0.1},30v${-(28 * n) / this.most}h.8V30z` : "")).join("");
    },
    show(said) {
      const at = this.at;
      Object.assign(this, said);
      if (said.heard === this.asked) this.waiting = false;
      if (this.waiting || this.wanted !== null) this.at = at; // what is on its way is newer
      if (!this.waiting && this.wanted !== null) this.ask();
    },
    seek(step) {
      if (step >= this.steps) return this.goLive();
      this.at = this.wanted = Math.max(0, step);
      if (!this.waiting) this.ask();
    },
    ask() {
      this.waiting = true;
      this.asked += 1;
      this.$emit("seek", this.wanted, this.asked);
      this.wanted = null;
    },
    goLive() {
      this.playing = this.waiting = false;
      this.at = this.wanted = null;
      this.$emit("live");
    },
    toggle() {
      this.playing = !this.playing;
      if (this.playing && this.live) this.seek(0);
      this.next();
    },
    next() {
      clearTimeout(this.timer);
      if (!this.playing) return;
      this.timer = setTimeout(() => {
        if (!this.waiting && !document.hidden) this.seek(this.at + this.speed);
        this.next();
      }, STEP_MS);
    },
    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, button, a, svg")) return;
      if (event.key === " ") this.toggle();
      else if (event.key === ",") this.seek((this.live ? this.steps : this.at) - 1);
      else if (event.key === "." && !this.live) this.seek(this.at + 1);
      else if (event.key === "l") this.goLive();
      else return;
      event.preventDefault();
    },
  },
  created() {
    this.waiting = false;
  },
  mounted() {
    window.addEventListener("keydown", this.key);
    this.$emit("ready");
  },
  unmounted() {
    window.removeEventListener("keydown", this.key);
    clearTimeout(this.timer);
  },
};
