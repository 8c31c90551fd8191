// Draws a picture of streams/board/views/picture.py as SVG. Texts are text nodes: nothing in them becomes markup.
export default {
  template: `
    <div class="picture" ref="box">
      <svg role="img" :aria-label="says" :width="width" :height="height" :viewBox="'0 0 ' + width + ' ' + height">
        <template v-for="(s, i) in shapes" :key="i">
          <rect v-if="s.what === 'rect'" :class="look(s)" :x="Math.min(ax(s.x), ax(s.x2))" :y="Math.min(ay(s.y), ay(s.y2))"
            :width="Math.max(1, Math.abs(ax(s.x2) - ax(s.x)))" :height="Math.abs(ay(s.y2) - ay(s.y))"><title v-if="s.hint">{{ s.hint }}</title></rect>
          <line v-else-if="s.what === 'line'" :class="look(s)" :x1="ax(s.x)" :y1="ay(s.y)" :x2="ax(s.x2)" :y2="ay(s.y2)" />
          <circle v-else-if="s.what === 'dot'" :class="look(s)" :cx="ax(s.x)" :cy="ay(s.y)" :r="s.x2"><title v-if="s.hint">{{ s.hint }}</title></circle>
          <circle v-else-if="s.what === 'ring'" :class="look(s)" :cx="ax(s.x)" :cy="ay(s.y)" :r="s.x2 * height / 2" />
          <polygon v-else-if="s.what === 'area'" :class="look(s)" :points="s.points.map(([x, y]) => ax(x) + ',' + ay(y)).join(' ')" />
          <text v-else-if="fits(s)" :class="look(s)" :x="ax(s.x)" :y="ay(s.y)" :text-anchor="s.anchor">{{ s.text }}</text>
        </template>
      </svg>
    </div>`,
  props: { says: String, height: Number, shapes: Array, metric: Boolean },
  data() {
    return { width: 320 };
  },
  mounted() {
    this.watcher = new ResizeObserver(() => this.measure());
    this.watcher.observe(this.$refs.box);
    this.measure();
  },
  unmounted() {
    this.watcher.disconnect();
  },
  methods: {
    measure() {
      this.width = Math.max(120, Math.floor(this.$refs.box.clientWidth));
    },
    // The first word is what it is, and has a prefix: no other style sheet speaks of it.
    look(s) {
      return "s-" + s.look;
    },
    ax(x) {
      return this.metric ? this.width / 2 + (x * this.height) / 2 : x * this.width;
    },
    // Names on a map are left out where the frame would cut them.
    fits(s) {
      return !this.metric || s.anchor !== "middle" || Math.abs((s.x * this.height) / 2) < this.width / 2 - s.text.length * 7;
    },
    ay(y) {
      return this.metric ? this.height / 2 - (y * this.height) / 2 : y;
    },
  },
};
