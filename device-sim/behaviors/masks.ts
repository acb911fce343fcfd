import type { Behavior } from '../onvif/behavior.ts';
import { maskOperations } from '../onvif/mask.ts';
import { media2Service } from './media2-service.ts';

/** Privacy masks (Media2 §5.14). */
export const masks2: Behavior = { name: 'masks', service: media2Service, operations: maskOperations };
