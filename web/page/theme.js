// Dark or light: as the system has it, or as the viewer has chosen.

import { chosen, keep } from './choices.js';

export const THEMES = ['system', 'dark', 'light'];

/**
 * Makes a list of `THEMES` choose.
 * @param {HTMLSelectElement} list
 * @param {HTMLLinkElement} light the style sheet of the light page, whose `media` says when it counts
 */
export function mindTheme(list, light) {
  const system = light.media;
  const scheme = document.querySelector('meta[name=color-scheme]');
  const wear = (theme) => {
    light.media = { dark: 'not all', light: 'all' }[theme] ?? system;
    scheme.content = theme === 'system' ? 'dark light' : theme;
  };
  list.value = chosen('theme', THEMES, 'system');
  list.onchange = () => {
    keep('theme', list.value);
    wear(list.value);
  };
  wear(list.value);
}
