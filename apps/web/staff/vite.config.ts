import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// No inline script, style or data URL: the page lives under a policy that allows none of them.
export default defineConfig({
  plugins: [react()],
  resolve: { tsconfigPaths: true },
  build: {
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
