import { Button } from '@mantine/core';
import { IconPrinter, IconQrcode } from '@tabler/icons-react';
import { useLabels } from '../api/queries.ts';
import { Empty, Refusal } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { LabelCard } from './label-card.tsx';
import classes from './labels.module.css';

/** The labels of all cameras, to print and cut. */
export function LabelsPage() {
  const { data: labels, error, refetch } = useLabels();
  return (
    <Page
      title="Labels"
      lead={labels ? `${labels.length} to print: who has a label can pair its camera` : <>&nbsp;</>}
      actions={
        labels &&
        labels.length > 0 && (
          <Button leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => print()}>
            Print
          </Button>
        )
      }
    >
      {error && !labels ? (
        <Refusal error={error} what="The labels could not be read" onRetry={() => refetch()} />
      ) : labels?.length === 0 ? (
        <Empty icon={<IconQrcode size={32} stroke={1.5} />} title="No labels">
          This fleet was started without cameras.
        </Empty>
      ) : (
        <ul className={classes.sheet} aria-label="Labels" data-print>
          {labels?.map((label) => (
            <li key={label.name}>
              <LabelCard label={label} />
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}
