import { defineConfig } from 'vite'

/** What the built page may load: its own script and style, and nothing from elsewhere. No text becomes markup (no innerHTML). */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"

export default defineConfig({
  root: import.meta.dirname,
  // The site may be in any folder of a server.
  base: './',
  build: { target: 'es2023', emptyOutDir: true },
  plugins: [
    {
      name: 'content-security-policy',
      apply: 'build',
      transformIndexHtml: () => [
        {
          tag: 'meta',
          attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
          injectTo: 'head-prepend',
        },
      ],
    },
  ],
})
