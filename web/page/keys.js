// The page's keys: one table, of which the list of them is made, too.
//
// What must always hold: who types into a field types; a key with Ctrl, Alt or Meta is the browser's.

/** @typedef {{key: string, label: string, act: () => void}} Key */

/**
 * Minds the keys, and lists them.
 * @param {Key[]} keys
 * @param {HTMLDListElement} list
 */
export function mindKeys(keys, list) {
  for (const { key, label } of keys) {
    const row = document.createElement('div');
    const [term, text] = [document.createElement('dt'), document.createElement('dd')];
    term.append(Object.assign(document.createElement('kbd'), { textContent: key === 'Escape' ? 'Esc' : key }));
    text.textContent = label;
    row.append(term, text);
    list.append(row);
  }
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (event.key !== 'Escape' && event.target.closest?.('input, select, textarea')) return;
    keys.find(({ key }) => key === event.key)?.act();
  });
}
