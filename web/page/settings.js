// The streamer's settings that can be changed while it runs, as sliders: `GET` and `PATCH /control`.
//
// What must always hold: what is shown is what the streamer says it is, but for the one thing that the viewer's hand is on; what it refuses is
// told in its own words, and goes back to what is so.

/** How far a slider goes that is finer at its low end; steps. */
const FINE = 200;

/**
 * One setting.
 * @typedef {object} Setting
 * @property {string} key as in `/control`
 * @property {string} label
 * @property {string} unit
 * @property {(streamer: object) => number|undefined} of its value in the streamer's `/state`
 * @property {boolean} [fine] the slider is finer at its low end
 * @property {boolean} [openEnd] the slider's last step means 0: no limit
 * @property {(value: number, streamer: object|null) => string} hint what the value means, in words
 */

/** @type {Setting[]} */
const SETTINGS = [
  {
    key: 'bitrate', label: 'Bitrate', unit: 'kbit/s', fine: true, of: ({ h264 }) => h264?.bitrate,
    hint: () => 'of the H.264 video; a still picture takes less',
  },
  {
    key: 'gop', label: 'Key frames', unit: 'frames apart', of: ({ h264 }) => h264?.gop,
    hint: (value) => (value === 0 ? 'only when somebody needs one: the least delay and bitrate' : 'fewer need less bitrate'),
  },
  {
    key: 'fps', label: 'Frame rate', unit: 'frames/s', openEnd: true, of: ({ source }) => source.desired_fps,
    hint: (value) => (value === 0 ? 'all that the source gives' : 'at most so many are encoded; 0: all'),
  },
  {
    key: 'quality', label: 'JPEG quality', unit: '%', of: ({ encoder }) => encoder.quality,
    hint: (value, streamer) => (streamer?.encoder?.type === 'HW' ? 'the camera makes these JPEGs: they pass as they are' : 'of pictures by HTTP, not of the video'),
  },
];

/** Where on a slider a value is, and back. Pure. */
export function scaleOf([least, most], { fine = false, openEnd = false } = {}) {
  if (fine) {
    const ratio = Math.log(most / least);
    return {
      min: 0, max: FINE,
      at: (value) => Math.round((Math.log(value / least) / ratio) * FINE),
      value: (at) => tidy(least * Math.exp((at / FINE) * ratio), least, most),
    };
  }
  const end = openEnd ? most + 1 : most;
  return {
    min: least, max: end,
    at: (value) => (openEnd && value === 0 ? end : value),
    value: (at) => (openEnd && at === end ? 0 : at),
  };
}

/** Two significant digits, as a hand would choose them. */
function tidy(value, least, most) {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.min(most, Math.max(least, Math.round(value / step) * step));
}

export class Settings {
  #url;
  #form;
  #said;
  #lacks;
  #rows = new Map();
  #asking = false;
  #wish = {};
  #sending = null;

  /**
   * @param {URL} url of `/control`
   * @param {HTMLFormElement} form with a `template`, a place for the rows, the button for a key frame and a place for words
   */
  constructor(url, form) {
    this.#url = url;
    this.#form = form;
    [this.#said, this.#lacks] = ['#settings-said', '#settings-lacks'].map((one) => form.querySelector(one));
    form.onsubmit = (event) => event.preventDefault();
    form.querySelector('#key-frame').onclick = () => this.requestKey();
  }

  /** Asks the streamer what there is to set, until it is known; call it whenever the form is looked at. */
  async ask() {
    if (this.#asking || this.#rows.size) return;
    this.#asking = true;
    try {
      const answer = await fetch(this.#url, { cache: 'no-store', signal: AbortSignal.timeout(2000) });
      const { limits, result } = answer.ok ? await answer.json() : {};
      if (!limits) throw new Error(`it has no settings to change (${answer.status})`);
      for (const setting of SETTINGS) {
        if (limits[setting.key]) this.#add(setting, limits[setting.key], result[setting.key]);
      }
      this.#form.dataset.known = '';
      const video = limits.bitrate !== undefined;
      this.#form.querySelector('#key-frame').hidden = !video;
      this.#say(video ? '' : 'There is no H.264 video to set: the streamer was not told to make any (--h264-sink).');
    } catch (error) {
      this.#say(`The streamer’s settings are not to be had: ${error.message}.`);
    }
    this.#asking = false;
  }

  /** Shows what the streamer says of itself now. */
  show(streamer) {
    if (!streamer || this.#sending) return;
    for (const row of this.#rows.values()) {
      const value = row.setting.of(streamer);
      if (value !== undefined && !row.held) row.show(value, streamer);
    }
    // A kernel's encoder need not take what the streamer asks it to.
    const refused = streamer.h264?.encoder?.refused;
    this.#lacks.textContent = refused ? `The encoder goes on without: ${refused}.` : '';
  }

  /** Another streamer may have other limits. */
  forget() {
    for (const { element } of this.#rows.values()) element.remove();
    this.#rows.clear();
    delete this.#form.dataset.known;
  }

  async requestKey() {
    if (await this.#change({ key: true })) this.#say('A key frame is on its way.');
  }

  /** Asks for other settings; whether they are so now. One request at a time: what is wished for meanwhile goes with the next. */
  #change(wish) {
    Object.assign(this.#wish, wish);
    this.#sending ??= this.#send().finally(() => { this.#sending = null; });
    return this.#sending;
  }

  async #send() {
    this.#say('');
    try {
      while (Object.keys(this.#wish).length) {
        const body = JSON.stringify(this.#wish);
        this.#wish = {};
        const answer = await fetch(this.#url, {
          method: 'PATCH', body, headers: { 'content-type': 'application/json' }, signal: AbortSignal.timeout(5000),
        });
        const { result, error } = await answer.json().catch(() => ({ error: `The streamer says ${answer.status}.` }));
        if (!result) throw new Error(error);
        for (const [key, row] of this.#rows) row.confirm(result[key], !(key in this.#wish));
      }
      return true;
    } catch (error) {
      this.#wish = {};
      this.#say(`Not changed. ${error.message}`, true);
      for (const row of this.#rows.values()) row.restore();
      return false;
    }
  }

  #say(words, wrong = false) {
    this.#said.textContent = words;
    this.#said.classList.toggle('wrong', wrong);
  }

  #add(setting, limit, now) {
    const element = this.#form.querySelector('template').content.firstElementChild.cloneNode(true);
    const [slider, figure] = ['[type=range]', '[type=number]'].map((one) => element.querySelector(one));
    const [name, hint] = ['.name', '.hint'].map((one) => element.querySelector(one));
    const scale = scaleOf(limit, setting);
    element.dataset.key = setting.key;
    name.textContent = setting.label;
    name.htmlFor = figure.id = `set-${setting.key}`;
    hint.id = `hint-${setting.key}`;
    element.querySelector('.unit').textContent = setting.unit;
    [slider.min, slider.max] = [scale.min, scale.max];
    [figure.min, figure.max] = [setting.openEnd ? 0 : limit[0], limit[1]];
    if (setting.openEnd) figure.placeholder = 'all';
    slider.setAttribute('aria-label', setting.label);
    for (const input of [slider, figure]) input.setAttribute('aria-describedby', hint.id);

    const row = {
      setting, element, held: false, last: now,
      show: (value, streamer = null) => {
        row.last = value;
        row.draw(value);
        if (streamer || !hint.textContent) hint.textContent = setting.hint(value, streamer);
      },
      draw: (value) => {
        slider.value = scale.at(value);
        figure.value = setting.openEnd && value === 0 ? '' : value;
        slider.setAttribute('aria-valuetext', setting.openEnd && value === 0 ? 'all' : `${value} ${setting.unit}`);
        slider.style.setProperty('--part', (slider.value - slider.min) / (slider.max - slider.min));
      },
      /** What it is now; it is not drawn while the viewer's hand is further already. */
      confirm: (value, draw) => {
        row.last = value;
        if (draw && !row.held) row.show(value);
      },
      restore: () => row.draw(row.last),
    };
    const hold = () => { row.held = true; };
    const set = (value) => {
      row.held = false;
      if (value !== row.last || this.#sending) this.#change({ [setting.key]: value });
    };
    slider.oninput = () => {
      hold();
      row.draw(scale.value(Number(slider.value)));
    };
    slider.onchange = () => set(scale.value(Number(slider.value)));
    figure.oninput = hold;
    figure.onchange = () => set(Number(figure.value));
    figure.onblur = () => { row.held = false; };
    row.show(now);
    this.#rows.set(setting.key, row);
    this.#form.querySelector('.rows').append(element);
  }
}
