import { readFileSync, writeFileSync } from 'node:fs';
import { hint, UsageError } from '../../core/runtime/settings.ts';

/** Columns a file of devices may have. A device is found by `serial`, or by `address` (HOST or HOST:PORT). */
export const csvColumns = [
  'serial',
  'address',
  'label',
  'password',
  'new_password',
  'dhcp',
  'ip',
  'prefix',
  'gateway',
  // Written by `discover --out` and by reports; read over.
  'model',
  'mac',
  'port',
  'firmware',
  'status',
  'outcome',
  'code',
  'message',
] as const;
export type CsvColumn = (typeof csvColumns)[number];
export type CsvRow = Partial<Record<CsvColumn, string>> & { line: number };

const largestFileBytes = 4 << 20;

/** Records of a CSV text (RFC 4180), with the line each begins on. Comma, or semicolon where the first line has no comma. */
export function parseCsv(text: string): { line: number; cells: string[] }[] {
  const plain = text.replace(/^\ufeff/, '');
  const firstLine = plain.slice(0, plain.indexOf('\n') < 0 ? undefined : plain.indexOf('\n'));
  const separator = firstLine.includes(',') || !firstLine.includes(';') ? ',' : ';';
  const records: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let begunAt = 1;
  const endRecord = () => {
    cells.push(cell);
    if (cells.some((one) => one.trim() !== '')) records.push({ line: begunAt, cells });
    cells = [];
    cell = '';
    begunAt = line + 1;
  };
  for (let i = 0; i < plain.length; i++) {
    const char = plain[i]!;
    if (quoted) {
      if (char === '"' && plain[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else if (char === '"') quoted = false;
      else cell += char;
    } else if (char === '"' && cell === '') quoted = true;
    else if (char === separator) {
      cells.push(cell);
      cell = '';
    } else if (char === '\n') endRecord();
    else if (char !== '\r') cell += char;
    if (char === '\n') line += 1;
  }
  if (cell !== '' || cells.length > 0) endRecord();
  return records;
}

/** Devices and what is wanted of them, from a file. Throws UsageError that names file, line and column. */
export function readCsvFile(path: string): CsvRow[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new UsageError(`the file ${path} cannot be read`);
  }
  if (text.length > largestFileBytes) throw new UsageError(`the file ${path} is too large for a list of devices`);
  const [head, ...records] = parseCsv(text);
  if (!head) throw new UsageError(`${path} is empty: its first line names the columns, such as serial,password`);
  const names = head.cells.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  );
  for (const name of names)
    if (!csvColumns.includes(name as CsvColumn))
      throw new UsageError(`${path}: there is no column "${name}"${hint(name, csvColumns)}`);
  if (!names.includes('serial') && !names.includes('address'))
    throw new UsageError(`${path}: a device is named by a column "serial" or "address"`);
  return records.map(({ line, cells }) => {
    if (cells.length > names.length) throw new UsageError(`${path}:${line}: more cells than columns`);
    const row: CsvRow = { line };
    for (const [i, name] of names.entries()) {
      const value = cells[i]?.trim();
      if (value) row[name as CsvColumn] = value;
    }
    if (!row.serial && !row.address) throw new UsageError(`${path}:${line}: neither serial nor address`);
    return row;
  });
}

const formatCell = (text: string) => {
  // A cell that a spreadsheet would run as a formula is text.
  const safe = /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

export const formatCsv = (columns: readonly CsvColumn[], rows: readonly Partial<Record<CsvColumn, string>>[]): string =>
  [columns.join(','), ...rows.map((row) => columns.map((name) => formatCell(row[name] ?? '')).join(','))].join('\n') +
  '\n';

export function writeCsvFile(
  path: string,
  columns: readonly CsvColumn[],
  rows: readonly Partial<Record<CsvColumn, string>>[],
): void {
  try {
    writeFileSync(path, formatCsv(columns, rows), { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${(error as NodeJS.ErrnoException).code ?? 'failed'}`);
  }
}
