import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { precompress } from './precompress.ts'

const gateway = 'http://127.0.0.1:3000'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss(), precompress()],
  // `npm run dashboard`: the sources with hot reload, the data of a gateway that `npm run up` started.
  server: { port: 5173, proxy: { '^/api/(?!docs$)': { target: gateway, headers: { origin: gateway } } } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // A file inlined as data: would need a weaker policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: 'react', test: /node_modules\/(?:react|react-dom|scheduler|react-router)\// }],
        },
      },
    },
  },
})
