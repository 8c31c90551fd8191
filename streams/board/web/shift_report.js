// The report of a shift: on the screen, and on paper. What it shows is text, never HTML.
export default {
  template: `
  <div class="shift" :lang="lang === 'zh' ? 'zh-CN' : 'en'">
    <form class="duty-choice" @submit.prevent="choose" :aria-label="words.show">
      <a v-for="one in links" :key="one.href" :href="one.href" class="plain" :aria-current="one.current ? 'page' : undefined">{{ one.name }}</a>
      <label>{{ words.date }} <input type="date" v-model="date" required></label>
      <label>{{ words.from }} <input type="number" v-model.number="from" min="0" max="23" required></label>
      <label>{{ words.to }} <input type="number" v-model.number="to" min="0" max="24" required></label>
      <button class="plain">{{ words.show }}</button>
      <button type="button" class="plain duty-print" :disabled="!page" @click="print">{{ words.print }}</button>
    </form>
    <p v-if="reading" class="duty-reading" role="status">{{ reading }}</p>
    <article v-if="page" class="paper">
      <h1>{{ page.title }}</h1>
      <p class="duty-span">{{ page.span }}</p>
      <p v-for="note in page.notes" :key="note" class="duty-warn">{{ note }}</p>
      <ul class="duty-cards"><li v-for="card in page.cards" :key="card.name" :class="{ bad: card.bad }"><span>{{ card.name }}</span> <b>{{ card.value }}</b> <small>{{ card.was }}</small></li></ul>
      <section v-for="one in page.sections" :key="one.id" :class="'duty-in-' + one.id" :aria-labelledby="'shift-' + one.id">
        <h2 :id="'shift-' + one.id">{{ one.title }}</h2>
        <p v-if="!one.rows.length">{{ words.none }}</p>
        <div v-else class="duty-scroll" tabindex="0" role="group" :aria-label="one.title"><table>
          <thead><tr><th v-for="(head, n) in one.heads" :key="n" scope="col" :class="{ n: one.rows[0][n].number }">{{ head }}</th></tr></thead>
          <tbody><tr v-for="(row, m) in one.rows" :key="m"><td v-for="(cell, n) in row" :key="n" :class="{ n: cell.number, bad: cell.bad }"
            ><span v-if="cell.grade" class="duty-dot" :class="cell.grade">{{ cell.text }}</span><a v-else-if="cell.href" :href="cell.href">{{ cell.text }}</a><template v-else>{{ cell.text }}</template></td></tr></tbody>
        </table></div>
        <p v-if="one.note" class="duty-note">{{ one.note }}</p>
      </section>
      <section class="duty-signatures">
        <p class="duty-remarks">{{ words.remarks }}</p>
        <p>{{ words.handed }}<span class="duty-line"></span>{{ words.time }}<span class="duty-line duty-short"></span></p>
        <p>{{ words.taken }}<span class="duty-line"></span>{{ words.time }}<span class="duty-line duty-short"></span></p>
      </section>
    </article>
  </div>`,

  props: { lang: String, words: Object, page: Object, links: Array, reading: String, chosen: Object },

  data() {
    return { date: this.chosen.date, from: this.chosen.from, to: this.chosen.to };
  },

  methods: {
    choose() {
      location.assign(`/shift?date=${this.date}&from=${this.from}&to=${this.to}`);
    },
    print() {
      window.print();
    },
  },
};
