/**
 * Length and common passwords only (NIST SP 800-63B, ASVS 6.2): no composition rules, nothing trimmed, nothing cut.
 * The list holds the usual ones of eight characters and more; shorter ones fall to the length.
 */
export const shortestPassword = 8;
export const longestPassword = 128;

const common = new Set(
  `password password1 password12 password123 passw0rd p@ssw0rd p@ssword p@ssw0rd1 12345678 123456789 1234567890
  0123456789 0987654321 987654321 87654321 11111111 00000000 88888888 12341234 11223344 123123123 1q2w3e4r 1q2w3e4r5t
  1qaz2wsx 1qazxsw2 zaq12wsx qazwsxedc qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwertz123 asdfghjk asdfghjkl
  asdf1234 zxcvbnm1 zxcvbnm123 abcd1234 abc12345 abcdefgh abcdefg1 a1b2c3d4 iloveyou iloveyou1 letmein1 letmein123
  welcome1 welcome123 sunshine sunshine1 princess princess1 football football1 baseball baseball1 basketball superman
  superman1 batman123 spiderman pokemon1 trustno1 whatever whatever1 starwars starwars1 michael1 jennifer jordan23
  computer computer1 internet internet1 corvette mercedes maverick midnight marlboro metallica liverpool arsenal1
  chelsea1 barcelona monkey123 dragon123 master123 shadow123 hunter123 killer123 charlie1 freedom1 secret123 secret12
  administrator admin123 admin1234 admin12345 administrator1 root1234 rootroot adminadmin testtest test1234 test12345
  testing123 changeme changeme1 changeme123 default1 guest123 user1234 temp1234 temppass pass1234 pass12345 password!
  password1! p@ssword1 welcome1! hello123 hello1234 helloworld goodluck lovelove love1234 qweasdzxc qweasd123 123qweasd
  qwe12345 1234qwer 12345qwert zxcv1234 aaaaaaaa 99999999 22222222 55555555 66666666 77777777 33333333 44444444
  camera123 camera1234 security security1 tplink123 tplink1234 tp-link123 vigi1234 vigi12345 vigivigi vigil123 nvr12345
  hikvision hik12345 dahua123 surveillance`.split(/\s+/),
);

/** Why a password will not do, or undefined when it will. */
export function whyUnfit(password: string, email: string): string | undefined {
  const length = [...password].length;
  if (length < shortestPassword) return `A password has at least ${shortestPassword} characters.`;
  if (length > longestPassword) return `A password has at most ${longestPassword} characters.`;
  const plain = password.toLowerCase();
  if (common.has(plain)) return 'That password is among the first that anybody tries. Choose another.';
  if (plain === email || plain === email.split('@')[0]) return 'Your e-mail address is no password. Choose another.';
  if (new Set(plain).size < 3) return 'A password of one or two characters repeated is easily guessed. Choose another.';
  return undefined;
}
