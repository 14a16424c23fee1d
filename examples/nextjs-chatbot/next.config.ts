import type { NextConfig } from 'next'

const config: NextConfig = {
  // It has workers, migrations and a database driver of its own: Node loads it as it is installed, and nothing of it is bundled.
  serverExternalPackages: ['catraca'],
  // This folder is a project of its own, whatever lockfiles lie above it.
  turbopack: { root: import.meta.dirname },
}

export default config
