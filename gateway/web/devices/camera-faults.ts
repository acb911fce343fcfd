import { ApiError } from '../api/call.ts';
import { sentence } from '../parts/notice.tsx';

export const credentialsRefused =
  'The camera refused this user name and password. It is not asked again until you enter others, so it does not lock the account.';

export type AddField = 'address' | 'username' | 'password' | 'name';

/** Beside which field a refusal of `POST cameras` belongs, and in which words. */
export function besideField(error: unknown): { field: AddField; text: string } | undefined {
  if (!(error instanceof ApiError)) return undefined;
  switch (error.code) {
    case 'camera_auth_failed':
      return { field: 'password', text: `${credentialsRefused} The camera is kept in the list as “Wrong password”.` };
    case 'camera_unreachable':
      return { field: 'address', text: sentence(error.message) };
    case 'camera_locked':
      return { field: 'password', text: sentence(error.message) };
    case 'camera_exists':
    case 'camera_unsupported':
    case 'camera_uninitialized':
    case 'address_refused':
      return { field: 'address', text: sentence(error.message) };

    default:
      return undefined;
  }
}
