/** RFC 9457 problem details as every HTTP API of the house answers them: `code` is what a program acts on. */
export interface Problem {
  type: 'about:blank';
  title: string;
  status: number;
  code: string;
  detail: string;
  [extra: string]: unknown;
}

export const problemType = 'application/problem+json';

export const formatProblem = (status: number, code: string, detail: string, extra: object = {}): Problem => ({
  type: 'about:blank',
  title: code.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase()),
  status,
  code,
  detail,
  ...extra,
});
