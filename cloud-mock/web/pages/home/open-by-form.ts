/** Hand the ticket to the relay in a POST, so that it never stands in an address, a log or the history. */
export function openByForm({ openUrl, ticket }: { openUrl: string; ticket: string }) {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = openUrl;
  form.hidden = true;
  const field = document.createElement('input');
  field.type = 'hidden';
  field.name = 'ticket';
  field.value = ticket;
  form.append(field);
  document.body.append(form);
  form.submit();
  form.remove();
}
