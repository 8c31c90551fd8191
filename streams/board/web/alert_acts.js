// What can be done about an alert: buttons, and a dialog for what an action has to be told. Shows at once that it is
// being done; what came of it is what the server says.
import { remember, remembered } from "/static/remembered.js";
// The board says something within 25 s; without the connection nothing comes, and the buttons are to work again.
const LONGEST_MS = 30000;

export default {
  template: `
    <div class="acts">
      <div v-if="acts.length" class="acts-row" role="group" :aria-label="words.actions">
        <button v-for="act in acts" :key="act.action" type="button" :class="['act', { next: act.next }]" :data-act="act.action"
          :disabled="busy !== ''" @click="begin(act)">{{ act.name }}</button>
      </div>
      <p v-else class="acts-none">{{ none }}</p>
      <p :class="['acts-said', tone]" role="status"><span v-if="busy" class="working" aria-hidden="true"></span>{{ busy || said }}</p>
      <dialog ref="box" class="ask" :aria-label="asked.name">
        <form @submit.prevent="go">
          <h2>{{ asked.name }}</h2>
          <p v-if="asked.explains" class="explains">{{ asked.explains }}</p>
          <template v-for="[what, needed] in asked.needs" :key="what">
            <label v-if="what === 'grade'">{{ words.grade }}
              <select v-model="given.grade"><option v-for="[id, word] in asked.grades" :key="id" :value="id">{{ word }}</option></select>
            </label>
            <label v-else-if="what === 'other'">{{ words.other }}
              <select v-model="given.other" required>
                <option value="" disabled>{{ words.choose }}</option>
                <option v-for="[id, says] in others" :key="id" :value="id">{{ says }}</option>
              </select>
            </label>
            <label v-else-if="what === 'finding'">{{ words.finding }}
              <select v-model="given.finding" required><option v-for="[id, says] in asked.findings" :key="id" :value="id">{{ says }}</option></select>
            </label>
            <label v-else-if="what === 'to'">{{ words.to }}
              <input v-model="given.to" name="to" list="whom" maxlength="200" :required="needed" autocomplete="off" />
              <datalist id="whom"><option v-for="one in whom" :key="one" :value="one"></option></datalist>
            </label>
            <label v-else>{{ needed ? words.why : words.whyMay }}
              <input v-model="given.why" name="why" maxlength="200" :required="needed" autocomplete="off" />
            </label>
          </template>
          <label v-if="askName">{{ words.by }}
            <input v-model="by" name="by" maxlength="100" required autocomplete="username" />
          </label>
          <div class="ask-end">
            <button type="button" class="plain" @click="$refs.box.close()">{{ words.cancel }}</button>
            <button type="submit" class="act next">{{ asked.name }}</button>
          </div>
        </form>
      </dialog>
    </div>`,
  props: { acts: Array, none: String, words: Object, whom: Array, others: Array, askName: Boolean, version: Number },
  emits: ["act"],
  data() {
    return { asked: { name: "", needs: [], grades: [], findings: [] }, given: {}, by: remembered().by ?? "", busy: "", said: "", tone: "", seen: 0 };
  },
  methods: {
    begin(act) {
      this.asked = act;
      this.seen = this.version; // whoever says something of it says it of what is there now, not of what comes meanwhile
      this.by ||= remembered().by ?? "";
      this.given = { why: "", to: "", other: "", grade: act.grades[0]?.[0] ?? "", finding: act.findings[0]?.[0] ?? "" };
      if (act.needs.length || (this.askName && !this.by)) this.$refs.box.showModal();
      else this.go();
    },
    go() {
      if (this.askName) remember({ by: this.by });
      this.$refs.box.close();
      this.busy = this.asked.doing;
      this.said = this.tone = "";
      const asked = Object.fromEntries(this.asked.needs.map(([what]) => [what, this.given[what]]));
      this.waiting = setTimeout(() => this.settle(false, this.words.lost), LONGEST_MS);
      this.$emit("act", { action: this.asked.action, by: this.by, version: this.seen, ...asked });
    },
    settle(done, says) {
      clearTimeout(this.waiting);
      this.busy = "";
      this.said = says;
      this.tone = done ? "good" : "bad";
    },
  },
};
