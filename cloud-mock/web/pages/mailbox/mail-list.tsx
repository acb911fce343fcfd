import { Link } from 'wouter';
import type { Mail } from '../../api/shapes.ts';
import { Instant } from '../../parts/instant.tsx';
import classes from './mailbox.module.css';

export const MailList = ({ mails, openId }: { mails: Mail[]; openId?: string }) => (
  <ul className={classes.list} aria-label="Mails">
    {mails.map((mail) => (
      <li key={mail.id}>
        <Link
          href={`/mailbox/${encodeURIComponent(mail.id)}`}
          className={classes.item}
          aria-current={mail.id === openId ? 'true' : undefined}
        >
          <span className={classes.itemTop}>
            <span className={classes.to}>{mail.to}</span>
            <span className={classes.itemWhen}>
              <Instant at={mail.sentAt} />
            </span>
          </span>
          <span className={classes.subject}>{mail.subject}</span>
          <span className={classes.start}>{mail.text.replaceAll(/\s+/g, ' ').slice(0, 120)}</span>
        </Link>
      </li>
    ))}
  </ul>
);
