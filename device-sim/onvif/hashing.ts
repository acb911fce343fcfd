import type { DigestAlgorithm } from '../auth/digest.ts';
import { kept } from './kept.ts';

/**
 * Algorithms of HTTP and RTSP digest in order of preference. MD5 comes first, as the specification's default (Core
 * §5.9.3) and because old clients read the first challenge only; SetHashingAlgorithm changes it.
 */
export const hashing = kept<DigestAlgorithm[]>('device.hashing', () => ['MD5', 'SHA-256']);
export const hashingAlgorithms = hashing.read;
