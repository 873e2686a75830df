/** How the page looks: as the system says, or as the person chose. */
export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'aegis.theme';

/** The choice of an earlier visit. */
export function storedTheme(): Theme {
  const stored = localStorage.getItem(key);
  return themes.find((theme) => theme === stored) ?? 'system';
}

/** Applies a choice and keeps it. The style sheet reads `data-theme`. */
export function applyTheme(theme: Theme): void {
  localStorage.setItem(key, theme);
  document.documentElement.dataset['theme'] = theme;
}
