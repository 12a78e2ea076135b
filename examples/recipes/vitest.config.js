import { svelte } from '@sveltejs/vite-plugin-svelte'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [svelte({ configFile: false }), vue()],
  // Svelte has another build for servers, in which nothing is reactive.
  resolve: { conditions: ['browser'] },
})
