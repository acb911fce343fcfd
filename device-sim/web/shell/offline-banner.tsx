import { ApiError } from '../api/call.ts';
import { useScenarios } from '../api/queries.ts';
import classes from './shell.module.css';

/** Says that the fleet has gone; what the page shows is from before. */
export function OfflineBanner() {
  const { error } = useScenarios();
  if (!(error instanceof ApiError) || error.code !== 'fleet_unreachable') return null;
  return (
    <div className={classes.banner} role="alert">
      The fleet does not answer. What you see is from before; this page tries again by itself.
    </div>
  );
}
