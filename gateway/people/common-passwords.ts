/** Passwords of eight characters and more that lead every list of leaked ones, and those of this trade. Lower case. */
export const commonPasswords: ReadonlySet<string> = new Set(
  `123456789 12345678 1234567890 123123123 987654321 11223344 12341234 87654321 1q2w3e4r 1qaz2wsx 1q2w3e4r5t q1w2e3r4
  qwertyui qwertyuiop qwerty123 qwerty12345 qwerty1234 asdfghjk asdfghjkl zxcvbnm123 1234qwer qwer1234 abcd1234 abc12345
  a1b2c3d4 password password1 password12 password123 password1234 password! passw0rd p@ssw0rd p@ssword p4ssw0rd
  passwort passwort1 passwort123 motdepasse contraseña iloveyou iloveyou1 sunshine princess football baseball superman
  batman123 trustno1 whatever starwars computer internet michelle jennifer jessica1 charlie1 letmein1 letmein123
  welcome1 welcome123 willkommen changeme changeme1 changeme123 default123 administrator adminadmin admin123 admin1234
  admin12345 admin@123 admin123456 admin2024 admin2025 admin2026 rootroot root1234 toor1234 test1234 testtest guest123
  user1234 master123 monkey123 dragon123 shadow123 summer2024 summer2025 summer2026 winter2024 winter2025 winter2026
  tplink123 tp-link123 tplink1234 vigi1234 vigicamera camera123 camera1234 security1 security123 hikvision dahua123
  888888888 00000000 11111111 99999999 aaaaaaaa 1111111111 0123456789 zaq12wsx zaq1zaq1 !qaz2wsx`.split(/\s+/),
);
