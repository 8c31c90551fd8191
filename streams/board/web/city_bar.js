// Above the map: where one is, and what the map is coloured by.
export default {
  template: `
  <div class="city-bar" :class="'of-' + layer">
    <nav :aria-label="words.path"><ol class="crumbs">
      <li v-for="([id, name], n) in crumbs" :key="id">
        <button v-if="n < crumbs.length - 1" type="button" @click="$emit('go', id)">{{ name }}</button>
        <h1 v-else aria-current="location">{{ name }}</h1></li></ol></nav>
    <fieldset v-for="one in groups" :key="one.name" v-show="one.choices.length > 1" :class="'by-' + one.name"><legend class="unseen">{{ one.title }}</legend>
      <label v-for="[id, name] in one.choices" :key="id" :class="{ chosen: one.chosen === id }">
        <input type="radio" class="unseen" :name="'city-' + one.name" :value="id" :checked="one.chosen === id" @change="$emit('ask', one.name, id)">{{ name }}</label>
    </fieldset>
    <label class="kind"><span class="unseen">{{ words.kind }}</span>
      <select :value="kind" @change="$emit('ask', 'kind', $event.target.value)">
        <option value="">{{ words.all_kinds }}</option>
        <optgroup v-for="one in kinds" :key="one.id" :label="one.name">
          <option :value="one.id">{{ one.name }} · {{ words.all }}</option>
          <option v-for="two in one.kinds" :key="two.id" :value="two.id">{{ two.name }}</option></optgroup>
      </select></label>
  </div>`,
  props: { words: Object, layers: Array, spans: Array, kinds: Array },
  data() {
    return { crumbs: [], levels: [], level: "", layer: "index", span: "day", kind: "" };
  },
  computed: {
    groups() {
      const { words } = this;
      return [
        { name: "layer", title: words.coloured, choices: this.layers, chosen: this.layer },
        { name: "span", title: words.span, choices: this.spans, chosen: this.span },
        { name: "level", title: words.level, choices: this.levels, chosen: this.level },
      ];
    },
  },
  methods: {
    show(said) {
      Object.assign(this, said);
    },
  },
  mounted() {
    this.$emit("ready");
  },
};
