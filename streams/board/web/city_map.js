// The map of the city: areas filled by what was asked for, clusters, alerts. Drawn here, told of what changes.
// What it shows is text, never HTML: everything comes through interpolation.
const MOVE_MS = 350;
const BUBBLE_PX = 44;
const DRAG_PX = 5;
const MANY = 200; // areas beyond which looks give way to speed
const CJK = /[\u2e80-\uffff]/;

const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const wide = (text) => [...text].reduce((sum, sign) => sum + (CJK.test(sign) ? 1 : 0.56), 0);

export default {
  template: `
  <section class="city-map" :aria-label="words.map">
    <svg ref="svg" role="group" tabindex="0" :aria-label="words.map_keys" :viewBox="view.join(' ')"
        :class="{ dragged: drag?.moved, few: drawn.length <= MANY }" @keydown="key" @wheel.prevent="wheel" @pointerdown="press" @pointermove="move"
        @pointerup="release" @pointercancel="drag = null" @pointerleave="hover = ''">
      <defs><pattern id="city-none" width="7" height="7" patternUnits="userSpaceOnUse" :patternTransform="'scale(' + unit + ') rotate(45)'">
        <rect width="7" height="7" fill="#161e27"/><path d="M0,0v7" stroke="#2b3846" stroke-width="3"/></pattern></defs>
      <g class="ground" aria-hidden="true"><path v-for="shape in ground" :key="shape.id" :d="shape.d"/></g>
      <g aria-hidden="true" :shape-rendering="drawn.length > MANY ? 'optimizeSpeed' : 'auto'">
        <path v-for="shape in drawn" :key="shape.id" v-memo="[cells[shape.id]?.fill]" :d="shape.d" :data-id="shape.id"
          :class="'cell ' + cells[shape.id]?.fill" @pointerenter="hover = shape.id" @click="pick(shape.id)"/>
      </g>
      <g class="borders" aria-hidden="true"><path v-for="shape in borders" :key="shape.id" :d="shape.d" :class="shape.level"/></g>
      <path v-if="byId[hover]" class="hovered" :d="byId[hover].d" aria-hidden="true"/>
      <path v-if="byId[selected]" class="selected" :d="byId[selected].d" aria-hidden="true"/>
      <g class="clusters" aria-hidden="true">
        <template v-for="one in clusters" :key="one.id"><path class="under" :d="one.d"/><path :d="one.d"/></template>
      </g>
      <g v-for="one in bubbles" :key="one.id" :transform="one.place">
        <a v-if="one.count === 1" :href="'/alert/' + one.id" :aria-label="one.title" :class="'mark ' + one.grade"
          @pointerenter="told = one" @pointerleave="told = null" @focus="told = one" @blur="told = null">
          <circle class="reach" r="22"/><circle r="13"/><text y="5.5">{{ one.sign }}</text></a>
        <g v-else role="button" tabindex="0" :class="'mark several ' + one.grade" :aria-label="one.title" @click="closer(one.at)"
          @keydown.enter.prevent.stop="closer(one.at)" @keydown.space.prevent.stop="closer(one.at)"
          @pointerenter="told = one" @pointerleave="told = null" @focus="told = one" @blur="told = null">
          <circle class="halo" :r="one.radius + 4"/><circle :r="one.radius"/><text y="5.5">{{ one.sign }}{{ one.count }}</text></g>
      </g>
      <g class="labels" aria-hidden="true">
        <g v-for="one in labels" :key="one.id" :transform="one.place" :class="one.fill">
          <text v-if="one.name" :y="one.value ? -7 : 5" class="name">{{ one.name }}</text>
          <text v-if="one.value" :y="one.name ? 15 : 6" class="value">{{ one.value }}</text></g>
      </g>
    </svg>
    <p v-if="!shapes.length" class="empty">{{ words.no_areas }}</p>
    <div v-if="tip" class="tip" :style="tipAt" aria-hidden="true"><b>{{ tip.name }}</b>
      <span v-for="line in tip.lines" :key="line">{{ line }}</span></div>
    <div class="zoom">
      <button type="button" :aria-label="words.zoom_in" :title="words.zoom_in" @click="zoom(0.6)">+</button>
      <button type="button" :aria-label="words.zoom_out" :title="words.zoom_out" @click="zoom(1 / 0.6)">−</button>
      <button type="button" :aria-label="words.whole" :title="words.whole" @click="home">⤢</button>
    </div>
    <div class="legend" role="group" :aria-label="words.legend">
      <b>{{ legend.title }}</b>
      <ul><li v-for="[fill, text] in legend.steps" :key="fill"><svg width="22" height="14" aria-hidden="true"><rect width="22" height="14" rx="3" :class="fill"/></svg>{{ text }}</li>
        <li v-if="clusters.length"><svg width="22" height="14" aria-hidden="true"><rect x="1.5" y="1.5" width="19" height="11" rx="3" class="dashed"/></svg>{{ words.clusters }}</li></ul>
      <small>{{ words.note }}</small>
    </div>
  </section>`,

  props: { shapes: Array, size: Array, words: Object },

  data() {
    return {
      MANY, cells: {}, focus: "", selected: "", marks: [], clusters: [], legend: { title: "", steps: [] },
      view: [0, 0, ...this.size], px: [800, 600], hover: "", told: null, drag: null, pointer: [0, 0],
    };
  },

  computed: {
    byId() {
      // Plain copies: what Vue watches is slow to walk, and shapes never change.
      return Object.fromEntries(this.shapes.map((shape) => [shape.id, { ...shape, spots: shape.spots.map((spot) => [...spot]), box: [...shape.box] }]));
    },
    unit() {
      return this.view[2] / this.px[0];
    },
    // On a phone alerts are drawn smaller, or they would hide the figures.
    small() {
      return this.px[0] < 600 ? 0.75 : 1;
    },
    shown() {
      return Object.keys(this.cells).sort().join("\n");
    },
    drawn() {
      return this.shown.split("\n").flatMap((id) => this.byId[id] ?? []);
    },
    ground() {
      return Object.values(this.byId).filter((shape) => shape.level === "district");
    },
    borders() {
      const above = new Set();
      for (const shape of this.drawn) {
        for (let one = this.byId[shape.parent]; one; one = this.byId[one.parent]) above.add(one);
      }
      return [...above].sort((a, b) => (a.level === "street" ? 0 : 1) - (b.level === "street" ? 0 : 1));
    },
    labels() {
      return this.drawn.flatMap((shape) => {
        const { name, value, fill } = this.cells[shape.id];
        for (const [text, high, size] of [[name, 24, 8], ["", 12, 11]]) {
          const half = Math.max(wide(text) * size, wide(value) * 11);
          const fitting = shape.spots.filter((spot) => (spot[2] / this.unit) * 1.4 > Math.max(half, high));
          const spot = fitting.find((one) => this.bubbles.every((bubble) => this.apart(one, bubble, half, high)));
          if (spot) return { id: shape.id, name: text, value, fill, place: this.placed(spot) };
        }
        return [];
      });
    },
    bubbles() {
      // The gravest come first: what lies under one of them is counted with it.
      const found = [];
      const near = BUBBLE_PX * this.small * this.unit;
      for (const one of this.marks) {
        const there = found.find((other) => Math.hypot(one.at[0] - other.at[0], one.at[1] - other.at[1]) < near);
        if (there) {
          there.count += 1;
          there.names.push(one.title);
        } else found.push({ ...one, at: [...one.at], count: 1, names: [one.title] });
      }
      return found.reverse().map((one) => ({
        ...one, place: this.placed(one.at, this.small), radius: one.count > 1 ? 3 + 6.5 * wide(one.sign + one.count) : 13, title: one.count > 1 ? `${one.count}${this.words.several}` : one.title,
      }));
    },
    tip() {
      if (this.told) {
        const { names, count } = this.told;
        return { name: count > 1 ? this.told.title : names[0], lines: count > 1 ? names.slice(0, 6) : [] };
      }
      const cell = this.cells[this.hover];
      if (!cell || this.drag?.moved) return null;
      const { words } = this;
      const lines = [cell.score ? `${words.index} ${cell.score} ${cell.word}` : words.no_index];
      lines.push(`${words.open} ${cell.open || words.none}`);
      lines.push(`${words.events} ${cell.n}` + (cell.usual ? ` · ${words.usual} ${cell.usual}` : ""));
      return { name: cell.name, lines };
    },
    tipAt() {
      const [x, y] = this.pointer;
      const left = x > this.px[0] - 260;
      return { left: left ? "auto" : `${x + 16}px`, right: left ? `${this.px[0] - x + 12}px` : "auto", top: `${Math.max(8, Math.min(y - 10, this.px[1] - 130))}px` };
    },
  },

  methods: {
    show(said) {
      const moved = said.focus !== undefined && said.focus !== this.focus;
      if (said.cells) {
        const cells = said.all ? {} : { ...this.cells };
        for (const id of said.gone ?? []) delete cells[id];
        this.cells = Object.freeze(Object.assign(cells, said.cells));
        if (!this.cells[this.hover]) this.hover = "";
      }
      for (const name of ["focus", "selected", "marks", "clusters", "legend"]) {
        if (said[name] !== undefined) this[name] = Object.freeze(said[name]);
      }
      if (moved) this.home();
    },
    // Whether a label of this size, in pixels, stands clear of a bubble.
    apart(spot, bubble, half, high) {
      const [x, y] = [0, 1].map((axis) => Math.abs(spot[axis] - bubble.at[axis]) / this.unit);
      return x > half + this.small * (bubble.radius + 4) || y > high + this.small * bubble.radius;
    },
    placed([x, y], times = 1) {
      return `translate(${x},${y}) scale(${times * this.unit})`;
    },
    pick(id) {
      if (!this.drag?.moved) this.$emit("pick", id);
    },
    // The box of what is looked at, in the shape of the window.
    home() {
      const box = this.byId[this.focus]?.box ?? [0, 0, ...this.size];
      const [wide, high] = this.px;
      const [left, right] = wide > 700 ? [170, 75] : [12, 12]; // legend and buttons
      const unit = Math.max(box[2] / (wide - left - right), box[3] / (high - 40));
      const from = box[0] + box[2] / 2 - (unit * (wide + left - right)) / 2;
      this.glide([from, box[1] + box[3] / 2 - (unit * high) / 2, unit * wide, unit * high]);
    },
    glide(to) {
      cancelAnimationFrame(this.frame);
      const [from, began] = [[...this.view], performance.now()];
      const step = (now) => {
        // A busy page's frame bears the time it was due, which may lie before we began.
        const t = still() ? 1 : Math.max(0, Math.min(1, (now - began) / MOVE_MS));
        const eased = 1 - (1 - t) ** 3;
        this.view = from.map((n, i) => n + (to[i] - n) * eased);
        if (t < 1) this.frame = requestAnimationFrame(step);
      };
      step(began);
    },
    zoom(times, at = [this.view[0] + this.view[2] / 2, this.view[1] + this.view[3] / 2], glide = true) {
      const width = Math.min(this.size[0] * 3, Math.max(this.size[0] / 400, this.view[2] * times));
      const by = width / this.view[2];
      const [x, y, w, h] = this.view;
      const to = [at[0] - (at[0] - x) * by, at[1] - (at[1] - y) * by, w * by, h * by];
      if (glide) this.glide(to);
      else this.view = to;
    },
    closer(at) {
      const [w, h] = [this.view[2] * 0.35, this.view[3] * 0.35];
      this.told = null;
      this.glide([at[0] - w / 2, at[1] - h / 2, w, h]);
    },
    wheel(event) {
      cancelAnimationFrame(this.frame);
      const box = this.$refs.svg.getBoundingClientRect();
      const at = [this.view[0] + (event.clientX - box.left) * this.unit, this.view[1] + (event.clientY - box.top) * this.unit];
      this.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 260), at, false);
    },
    press(event) {
      if (event.pointerType !== "touch") this.drag = { at: [event.clientX, event.clientY], view: [...this.view], moved: false };
    },
    move(event) {
      const box = this.$refs.svg.getBoundingClientRect();
      this.pointer = [event.clientX - box.left, event.clientY - box.top];
      if (!this.drag || !event.buttons) return;
      const by = [event.clientX - this.drag.at[0], event.clientY - this.drag.at[1]];
      if (!this.drag.moved && Math.hypot(...by) < DRAG_PX) return;
      this.drag.moved = true;
      const [x, y, w, h] = this.drag.view;
      this.view = [x - by[0] * this.unit, y - by[1] * this.unit, w, h];
    },
    release() {
      setTimeout(() => (this.drag = null)); // the click comes after
    },
    key(event) {
      const [x, y, w, h] = this.view;
      const by = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.15], ArrowDown: [0, 0.15] }[event.key];
      if (by) this.glide([x + by[0] * w, y + by[1] * h, w, h]);
      else if (event.key === "+" || event.key === "=") this.zoom(0.6);
      else if (event.key === "-") this.zoom(1 / 0.6);
      else if (event.key === "0") this.home();
      else if (event.key === "Escape") this.$emit("up");
      else return;
      event.preventDefault();
    },
    fit() {
      const { width, height } = this.$refs.svg.getBoundingClientRect();
      if (!width || !height) return;
      this.px = [width, height];
      this.home();
    },
  },

  mounted() {
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.$refs.svg);
    this.$emit("ready");
  },
  unmounted() {
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
  },
};
