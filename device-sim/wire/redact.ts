const mark = '***';

/** What must not be shown, wherever it stands in a message: what comes before it, itself, what comes behind. */
const secrets: [pattern: RegExp, replacement: string][] = [
  // HTTP and RTSP. A digest response is no password, but it can be tried against a dictionary at leisure.
  [/^((?:proxy-)?authorization:[ \t]*basic)[ \t].*$/gim, `$1 ${mark}`],
  [/^((?:proxy-)?authorization:[ \t]*bearer)[ \t].*$/gim, `$1 ${mark}`],
  [/^((?:set-)?cookie:).*$/gim, `$1 ${mark}`],
  [/\b(response=")[^"]*(")/gi, `$1${mark}$2`],
  [/(\/\/[^\s/:@"<>]+:)[^\s/@"<>]+(@)/g, `$1${mark}$2`],
  [/(\bstok=)[^\s/&"]+/gi, `$1${mark}`],
  // SOAP: elements by their local name, whatever the prefix.
  [
    /(<(?:[\w.-]+:)?(?:Password|PassPhrase|Passphrase|UserPassword|Key|PSK|PrivateKey|KeyPassphrase)(?:\s[^>]*)?>)[^<]+(<\/)/g,
    `$1${mark}$2`,
  ],
  // A key as ONVIF's BinaryData carries it.
  [/(<(?:[\w.-]+:)?PrivateKey(?:\s[^>]*)?>\s*<(?:[\w.-]+:)?Data(?:\s[^>]*)?>)[^<]+(<\/)/g, `$1${mark}$2`],
  // JSON, in any depth and wording.
  [
    /("(?:[\w-]*(?:passw(?:or)?d|passcode|secret|token|ticket|stok|private_?key)[\w-]*|pwd|key|response)"\s*:\s*")(?:[^"\\]|\\.)*(")/gi,
    `$1${mark}$2`,
  ],
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]*(?:-----END \1-----)?/g, mark],
];

/** A message without its passwords, tokens and keys. */
export const redactWire = (text: string): string =>
  secrets.reduce((before, [pattern, replacement]) => before.replace(pattern, replacement), text);
