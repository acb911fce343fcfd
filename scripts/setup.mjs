// What a fresh checkout needs before TypeScript can run, in plain JavaScript: the right Node, the dependencies, the build.
// Everything printed here goes to stderr: stdout belongs to the program (`--json`).
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...path) => join(root, ...path);

/** Node releases this runs on; package.json "engines" says the same. */
const leastNode = [20, 19];

export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return;
  console.error(`vigil needs Node ${leastNode.join('.')} or newer; this is ${version}. Get it from https://nodejs.org`);
  process.exit(2);
}

const fingerprint = (texts) => {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex');
};

const readStamp = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** Name, time and size of every source below some folders: cheap, and enough to know that something changed. */
function sources(folders, endings) {
  const found = [];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (endings.test(entry.name)) {
        const { mtimeMs, size } = statSync(path);
        found.push(`${path} ${mtimeMs} ${size}`);
      }
    }
  };
  for (const folder of folders) if (existsSync(at(folder))) walk(at(folder));
  return found.sort();
}

/** Run a program quietly; a person sees a line that moves, and the end of its output when it fails. */
function run(title, command, args, { hint = '', env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const started = Date.now();
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-8000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const live = process.stderr.isTTY;
    const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
    let turn = 0;
    const seconds = () => Math.round((Date.now() - started) / 1000);
    const show = () => {
      const note = seconds() > 8 && hint ? ` · ${hint}` : '';
      process.stderr.write(
        live
          ? `\r\x1b[K${frames[turn++ % frames.length]} ${title} ${seconds()} s${note}`
          : `  ${title}: ${seconds()} s${note}\n`,
      );
    };
    if (!live) process.stderr.write(`${title} …\n`);
    const timer = setInterval(show, live ? 120 : 15_000);
    const ended = (line) => {
      clearInterval(timer);
      process.stderr.write(live ? `\r\x1b[K${line}\n` : `${line}\n`);
    };
    child.on('error', (error) => {
      ended(`✗ ${title}: ${error.message}`);
      reject(error);
    });
    child.on('close', (code) => {
      if (code === 0) {
        ended(`✓ ${title} (${seconds()} s)`);
        return resolve();
      }
      ended(`✗ ${title}: ${command} ended with ${code}`);
      process.stderr.write(`${output.trimEnd()}\n`);
      reject(new Error(title));
    });
  });
}

/** Install when node_modules is missing or belongs to another lockfile or another machine's kind of Node. */
export async function ensureInstalled() {
  const stamp = at('node_modules', '.vigil-stamp');
  const wanted = fingerprint([readFileSync(at('package-lock.json')), process.platform, process.arch]);
  if (readStamp(stamp) === wanted) return;
  try {
    await run(
      'Installing what Vigil needs',
      'npm',
      // What builds the pages is a development dependency, and needed wherever NODE_ENV says "production" too.
      ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
      { hint: 'SQLite is compiled for this machine, once: 2 to 3 minutes' },
    );
  } catch {
    console.error(
      'The installation failed. It needs npm, and where no ready-made SQLite driver exists: python3, make and a C++ compiler (Debian: apt-get install python3 make g++).',
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

const sourceFolders = ['core', 'cloud-mock', 'gateway', 'device-sim', 'clients', 'scripts', 'test'];

/** What is built, from what, how. Web pages go to dist/web/<name>. */
const products = [
  {
    name: 'server',
    title: 'Building',
    made: ['dist', 'scripts', 'main.js'],
    from: () => sources(sourceFolders, /\.tsx?$/),
    // Types are `npm run check`'s business (CI runs it); a start only needs the JavaScript.
    command: ['node_modules/typescript/bin/tsc', '-p', '.', '--noCheck'],
  },
  {
    name: 'bundle',
    title: 'Gathering it into few files',
    made: ['dist', 'bundle', 'main.js'],
    from: () => [...sources(sourceFolders, /\.tsx?$/), readFileSync(at('scripts/bundle.mjs'), 'utf8')],
    command: ['scripts/bundle.mjs'],
  },
  ...Object.entries({
    cloud: 'cloud-mock/web',
    gateway: 'gateway/web',
    fleet: 'device-sim/web',
    app: 'clients/app/web',
  }).map(([name, folder]) => ({
    name,
    title: `Building the ${name}'s pages`,
    made: ['dist', 'web', name, 'index.html'],
    from: () => [...sources([folder], /./), readFileSync(at('vite.config.ts'), 'utf8')],
    command: [
      'node_modules/vite/bin/vite.js',
      'build',
      '--config',
      'vite.config.ts',
      '--mode',
      name,
      '--logLevel',
      'warn',
    ],
  })),
];

/** Build what is stale. `only` names products; all of them otherwise. */
export async function ensureBuilt(only) {
  mkdirSync(at('dist', '.stamps'), { recursive: true });
  const lock = readFileSync(at('package-lock.json'), 'utf8');
  for (const { name, title, made, from, command } of products) {
    if (only && !only.includes(name)) continue;
    const stamp = at('dist', '.stamps', name);
    const wanted = fingerprint([lock, readFileSync(at('tsconfig.json')), ...from()]);
    if (readStamp(stamp) === wanted && existsSync(at(...made))) continue;
    try {
      // As they are served, also where a test run says NODE_ENV=test.
      await run(title, process.execPath, command, { env: { NODE_ENV: 'production' } });
    } catch {
      process.exit(1);
    }
    writeFileSync(stamp, wanted);
  }
}

/** Everything a command needs. Costs some milliseconds when nothing is to do. */
export async function ready() {
  checkNode();
  await ensureInstalled();
  await ensureBuilt();
}
