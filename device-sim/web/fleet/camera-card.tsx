import { memo } from 'react';
import { Link } from 'wouter';
import type { Camera } from '../wire.ts';
import { ActiveBadges, Counts, StateBadge } from './camera-badges.tsx';
import classes from './fleet.module.css';
import { Picture } from './picture.tsx';

/** Memoised: with many cameras only those that changed are drawn anew. */
export const CameraCard = memo(({ camera }: { camera: Camera }) => {
  const { name, model, address, mac, serial, active } = camera;
  return (
    <li className={`card ${classes.cameraCard}`} data-active={active.length > 0 || undefined}>
      <Picture camera={camera}>
        <div className={classes.actives}>
          <ActiveBadges camera={camera} />
        </div>
      </Picture>
      <div className={classes.cardBody}>
        <Link href={`/cameras/${name}`} className={classes.cardName}>
          {name}
        </Link>
        <StateBadge camera={camera} />
        <div className={classes.cardFacts}>
          <div>
            {model} · <span className="numbers">{`${address.host}:${address.http}`}</span>
          </div>
          <div className="numbers">{mac}</div>
          <div className={classes.lastLine}>
            <span className="numbers">{serial}</span>
            <Counts camera={camera} />
          </div>
        </div>
      </div>
    </li>
  );
});
CameraCard.displayName = 'CameraCard';
