// The device's page, where there are scripts: how far an upload is, and what becomes of an update, across the restart that it brings.
// Without this, the form sends the file, and the page looks again by itself.

/** How often it is asked what has become of an update. Milliseconds. */
const ASK_EVERY = 2000;

const part = (id) => document.getElementById(id);
const [state, upload, bundle, progress] = ['state', 'upload', 'bundle', 'progress'].map(part);

function say(words, wrong = false) {
  state.textContent = words;
  state.classList.toggle('wrong', wrong);
}

function busy(is) {
  for (const field of upload.elements) field.disabled = is;
}

/** Resolves with the answer's status and words when the whole file has been sent; rejects when the connection breaks. */
function send(file) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', upload.action);
    request.upload.onprogress = ({ loaded }) => {
      progress.value = loaded / file.size;
      say(loaded < file.size ? `Sending: ${Math.floor((100 * loaded) / file.size)} %` : 'Writing it to the card.');
    };
    request.onload = () => resolve({ ok: request.status === 202, words: request.responseText.trim() });
    request.onerror = () => reject(new Error('The upload broke off. Is the device still there? Try again.'));
    request.send(file);
  });
}

async function install(file) {
  busy(true);
  say('Asking whether there is room for it.');
  try {
    // (Asked first: most browsers do not listen while they send.)
    const asked = await fetch(`${upload.action}?size=${file.size}`);
    if (!asked.ok) throw new Error((await asked.text()).trim());
    progress.hidden = false;
    const sent = await send(file);
    if (!sent.ok) throw new Error(sent.words);
    follow();
  } catch (error) {
    say(error.message, true);
    busy(false);
  }
  progress.hidden = true;
}

/** Shows what becomes of the update until that does not change any more. After the restart the session is over: the page of the login is next. */
async function follow() {
  busy(true);
  for (;;) {
    const answer = await fetch(upload.action, { cache: 'no-store', signal: AbortSignal.timeout(10_000) }).catch(() => null);
    if (answer?.status === 401) return location.reload();
    const now = answer?.ok ? await answer.json().catch(() => null) : null;
    if (now) {
      say(now.text, now.bad);
      if (!now.under_way) break;
    } else {
      say('The device restarts. This page goes on when it is back.');
    }
    await new Promise((resolve) => { setTimeout(resolve, ASK_EVERY); });
  }
  busy(false);
}

upload.addEventListener('submit', (event) => {
  event.preventDefault();
  install(bundle.files[0]);
});
if (state.dataset.underWay === 'true') follow();
