// How the system is: every part with a verdict, the worst first. What it shows is text, never HTML.
export default {
  template: `
  <div class="system" :lang="page.lang === 'zh' ? 'zh-CN' : 'en'">
    <header class="sys-gist" :class="page.verdict">
      <h1>{{ page.say.title }}</h1>
      <p class="sys-verdict"><span aria-hidden="true">{{ page.mark }}</span> {{ page.word }}</p>
      <p class="sys-gist-says" aria-live="polite">{{ page.says }}</p>
      <nav :aria-label="page.say.jump"><a v-for="one in page.sections" :key="one.id" :href="'#' + one.id" :class="one.verdict"
        ><span aria-hidden="true">{{ one.mark }}</span> {{ one.title }}<span class="unseen">: {{ one.word }}</span></a></nav>
    </header>
    <div class="sys-sections">
      <section v-for="one in page.sections" :key="one.id" :id="one.id" class="sys-section" :class="one.verdict" :aria-labelledby="one.id + '-title'">
        <div class="sys-section-head">
          <h2 :id="one.id + '-title'">{{ one.title }}</h2>
          <p class="sys-verdict"><span aria-hidden="true">{{ one.mark }}</span> {{ one.word }}</p>
        </div>
        <p v-if="!one.bad.length" class="sys-section-says">{{ one.says }}</p>
        <div v-if="one.grid" class="sys-scroll" tabindex="0" role="group" :aria-label="one.title">
          <table class="sys-grid">
            <thead><tr><th scope="col">{{ one.grid.corner }}</th><th v-for="head in one.grid.heads" :key="head" scope="col">{{ head }}</th></tr></thead>
            <tbody><tr v-for="row in one.grid.rows" :key="row.name"><th scope="row">{{ row.name }}</th>
              <td v-for="(cell, n) in row.cells" :key="n" :class="cell.verdict"><span v-if="cell.verdict && cell.verdict !== 'ok'" aria-hidden="true">{{ cell.mark }} </span>{{ cell.says }}<span v-if="cell.verdict && cell.verdict !== 'ok'" class="unseen"> {{ cell.word }}</span></td></tr></tbody>
          </table>
        </div>
        <ul v-if="one.bad.length" class="sys-lines">
          <li v-for="line in one.bad" :key="line.name" :class="line.verdict">
            <p><b class="sys-mark-word"><span aria-hidden="true">{{ line.mark }}</span> {{ line.word }}</b> <b>{{ line.name }}</b></p>
            <p>{{ line.says }}</p>
            <p v-if="line.todo" class="sys-todo"><b>{{ page.say.todo }}</b> {{ line.todo }}</p>
          </li>
        </ul>
        <details v-if="one.well.length">
          <summary>{{ page.say.more.replace('{n}', one.well.length) }}</summary>
          <ul class="sys-lines sys-well"><li v-for="line in one.well" :key="line.name"><p><b>{{ line.name }}</b> <span>{{ line.says }}</span></p></li></ul>
        </details>
        <p v-if="one.note" class="sys-note">{{ one.note }}</p>
      </section>
    </div>
  </div>`,
  props: { page: Object },
};
