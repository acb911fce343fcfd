import { SoapFault } from '../../core/soap/fault.ts';
import { xml } from '../../core/soap/xml.ts';
import type { Camera, CameraUser, UserLevel } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import { authFailureWarning } from '../onvif/auth-failures.ts';
import type { Behavior } from '../onvif/behavior.ts';
import { kept } from '../onvif/kept.ts';
import { deviceService, maxNameLength, maxPasswordLength, maxUsers } from './device-service.ts';

interface Complexity {
  minLength: number;
  uppercase: number;
  number: number;
  special: number;
  blockUsername: boolean;
  locked: boolean;
}
const complexity = kept<Complexity>('device.password-complexity', () => ({
  minLength: 8,
  uppercase: 0,
  number: 0,
  special: 0,
  blockUsername: false,
  locked: false,
}));

/** The account by which the camera would sign in at others (Core §8.4.6); its password is never told. */
const remoteUser = kept<{ username: string; password?: string; derived: boolean } | undefined>(
  'device.remote-user',
  () => undefined,
);

/** Users and the rules for their passwords. One list serves HTTP, WS-Security and RTSP (Core §5.9.1). */
export const deviceUsers: Behavior = {
  name: 'device-users',
  service: deviceService,
  operations: {
    GetUsers: ({ state }) =>
      xml`${state.users.map(({ username, level }) => xml`<tds:User><tt:Username>${username}</tt:Username><tt:UserLevel>${level}</tt:UserLevel></tds:User>`)}`,

    CreateUsers(camera, args) {
      const { state } = camera;
      const users = usersOf(args).map((part): CameraUser => {
        const username = part.text('Username');
        const level = levelOf(part);
        checkUsername(username);
        const password = part.optionalText('Password') ?? '';
        checkPassword(camera, username, password, 'ter:Password');
        return { username, password, level };
      });
      const names = [...state.users, ...users].map(({ username }) => username);
      if (new Set(names).size !== names.length) throw prohibited('ter:UsernameClash', 'the user name exists already');
      if (names.length > maxUsers) throw new SoapFault(['ter:Action', 'ter:TooManyUsers'], `at most ${maxUsers} users`);
      state.users = [...state.users, ...users];
      camera.save();
      return undefined;
    },

    DeleteUsers(camera, args) {
      const { state } = camera;
      const names = args.texts('Username');
      if (names.length === 0) throw new SoapFault(['ter:InvalidArgs'], 'Username is missing');
      for (const name of names) needUser(camera, name);
      const left = state.users.filter(({ username }) => !names.includes(username));
      keepReachable(camera, left);
      state.users = left;
      camera.save();
      return undefined;
    },

    SetUser(camera, args) {
      const { state } = camera;
      const changes = usersOf(args).map((part): CameraUser => {
        const username = part.text('Username');
        needUser(camera, username);
        const level = levelOf(part);
        const password = part.optionalText('Password') ?? '';
        checkPassword(camera, username, password, 'ter:PasswordTooWeak');
        return { username, password, level };
      });
      const after = state.users.map((user) => changes.findLast(({ username }) => username === user.username) ?? user);
      keepReachable(camera, after);
      state.users = after;
      camera.save();
      return undefined;
    },

    GetRemoteUser(camera) {
      const user = remoteUser.read(camera);
      return (
        user &&
        xml`<tds:RemoteUser><tt:Username>${user.username}</tt:Username><tt:UseDerivedPassword>${String(user.derived)}</tt:UseDerivedPassword></tds:RemoteUser>`
      );
    },

    SetRemoteUser(camera, args) {
      const part = args.optionalPart('RemoteUser');
      const username = part?.text('Username') ?? '';
      if (part) checkUsername(username);
      remoteUser.write(
        camera,
        part && { username, password: part.optionalText('Password'), derived: part.flag('UseDerivedPassword') },
      );
      return undefined;
    },

    GetPasswordComplexityOptions: () =>
      xml`<tds:MinLenRange><tt:Min>1</tt:Min><tt:Max>${maxPasswordLength}</tt:Max></tds:MinLenRange><tds:UppercaseRange><tt:Min>0</tt:Min><tt:Max>${maxPasswordLength}</tt:Max></tds:UppercaseRange><tds:NumberRange><tt:Min>0</tt:Min><tt:Max>${maxPasswordLength}</tt:Max></tds:NumberRange><tds:SpecialCharsRange><tt:Min>0</tt:Min><tt:Max>${maxPasswordLength}</tt:Max></tds:SpecialCharsRange><tds:BlockUsernameOccurrenceSupported>true</tds:BlockUsernameOccurrenceSupported><tds:PolicyConfigurationLockSupported>true</tds:PolicyConfigurationLockSupported>`,

    GetPasswordComplexityConfiguration(camera) {
      const rules = complexity.read(camera);
      return xml`<tds:MinLen>${rules.minLength}</tds:MinLen><tds:Uppercase>${rules.uppercase}</tds:Uppercase><tds:Number>${rules.number}</tds:Number><tds:SpecialChars>${rules.special}</tds:SpecialChars><tds:BlockUsernameOccurrence>${String(rules.blockUsername)}</tds:BlockUsernameOccurrence><tds:PolicyConfigurationLocked>${String(rules.locked)}</tds:PolicyConfigurationLocked>`;
    },

    SetPasswordComplexityConfiguration(camera, args) {
      const before = complexity.read(camera);
      if (before.locked) throw invalidValue('the configuration is locked until the next factory default');
      const after: Complexity = {
        minLength: args.optionalInt('MinLen') ?? before.minLength,
        uppercase: args.optionalInt('Uppercase') ?? before.uppercase,
        number: args.optionalInt('Number') ?? before.number,
        special: args.optionalInt('SpecialChars') ?? before.special,
        blockUsername: args.optionalFlag('BlockUsernameOccurrence') ?? before.blockUsername,
        locked: args.optionalFlag('PolicyConfigurationLocked') ?? false,
      };
      const counts = [after.uppercase, after.number, after.special];
      const least = Math.max(
        1,
        counts.reduce((sum, count) => sum + count, 0),
      );
      if (
        after.minLength < 1 ||
        counts.some((count) => count < 0) ||
        Math.max(after.minLength, least) > maxPasswordLength
      ) {
        throw invalidValue('no password could follow such rules');
      }
      complexity.write(camera, after);
      return undefined;
    },

    GetAuthFailureWarningOptions: () =>
      xml`<tds:MonitorPeriodRange><tt:Min>1</tt:Min><tt:Max>3600</tt:Max></tds:MonitorPeriodRange><tds:AuthFailureRange><tt:Min>0</tt:Min><tt:Max>100</tt:Max></tds:AuthFailureRange>`,

    GetAuthFailureWarningConfiguration(camera) {
      const { enabled, periodSeconds, maxFailures } = authFailureWarning.read(camera);
      return xml`<tds:Enabled>${String(enabled)}</tds:Enabled><tds:MonitorPeriod>${periodSeconds}</tds:MonitorPeriod><tds:MaxAuthFailures>${maxFailures}</tds:MaxAuthFailures>`;
    },

    SetAuthFailureWarningConfiguration(camera, args) {
      const enabled = args.flag('Enabled');
      const periodSeconds = args.int('MonitorPeriod');
      const maxFailures = args.int('MaxAuthFailures');
      if (periodSeconds < 1 || periodSeconds > 3600 || maxFailures < 0 || maxFailures > 100) {
        throw invalidValue('the period is 1 to 3600 seconds, the failures 0 to 100');
      }
      authFailureWarning.write(camera, { enabled, periodSeconds, maxFailures });
      return undefined;
    },
  },
};

const prohibited = (subcode: string, reason: string) => new SoapFault(['ter:OperationProhibited', subcode], reason);

function usersOf(args: Arguments): Arguments[] {
  const users = args.parts('User');
  if (users.length === 0) throw new SoapFault(['ter:InvalidArgs'], 'User is missing');
  return users;
}

function levelOf(part: Arguments): UserLevel {
  const level = part.oneOf('UserLevel', ['Administrator', 'Operator', 'User', 'Anonymous', 'Extended']);
  if (level === 'Anonymous') throw prohibited('ter:AnonymousNotAllowed', 'the level Anonymous is not for users');
  if (level === 'Extended') throw invalidValue('there are no extended users');
  return level;
}

function needUser(camera: Camera, name: string) {
  if (!camera.state.users.some(({ username }) => username === name)) {
    throw invalidValue(`there is no user "${name}"`, 'ter:UsernameMissing');
  }
}

function checkUsername(name: string) {
  if (name.length === 0) throw prohibited('ter:UsernameTooShort', 'the user name is empty');
  if (name.length > maxNameLength) throw prohibited('ter:UsernameTooLong', `at most ${maxNameLength} characters`);
}

function checkPassword(camera: Camera, username: string, password: string, weak: string) {
  const rules = complexity.read(camera);
  const count = (pattern: RegExp) => password.match(pattern)?.length ?? 0;
  if (password.length > maxPasswordLength)
    throw prohibited('ter:PasswordTooLong', `at most ${maxPasswordLength} characters`);
  const strong =
    password.length >= rules.minLength &&
    count(/\p{Lu}/gu) >= rules.uppercase &&
    count(/\d/g) >= rules.number &&
    count(/[^\p{L}\d]/gu) >= rules.special &&
    !(rules.blockUsername && password.toLowerCase().includes(username.toLowerCase()));
  if (!strong) throw prohibited(weak, 'the password is too weak');
}

/** Somebody must stay who can administer the camera, and a paired gateway must not lose its account. */
function keepReachable(camera: Camera, users: CameraUser[]) {
  const { pairing, users: before } = camera.state;
  if (!users.some(({ level }) => level === 'Administrator')) {
    throw invalidValue('the last administrator stays', 'ter:FixedUser');
  }
  const own = (list: CameraUser[]) => list.find(({ username }) => username === pairing?.username);
  const kept = own(before);
  if (pairing && kept && JSON.stringify(own(users)) !== JSON.stringify(kept)) {
    throw invalidValue(`"${pairing.username}" belongs to the paired gateway`, 'ter:FixedUser');
  }
}
