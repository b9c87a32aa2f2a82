// What is made in Bento's app: sequences, templates, workflows, forms.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { found } from './looks.mjs';

// The id of the email that the sequence began with.
async function templateOf(check, known) {
  const sequence = (await check.Sequences.getSequences()).find((one) => one.id === known.sequence);
  return sequence.attributes.email_templates[0].id;
}

export const templates = {
  'Sequences.getSequences': async ({ bento, known }) => {
    const sequences = await bento.Sequences.getSequences({ page: 1 });
    ok(sequences.some((one) => one.id === known.sequence));
    deepEqual(await bento.Sequences.getSequences({ page: 99 }), []);
    return sequences;
  },
  'Sequences.createSequenceEmail': async ({ bento, check, known }) => {
    const email = {
      subject: 'Day 7',
      html: '<p>{{ visitor.unsubscribe_url }}</p>',
      delay_interval: 'days',
      delay_interval_count: 7,
    };
    const extras = {
      inbox_snippet: 'soon',
      editor_choice: 'plain',
      cc: 'c@example.com',
      bcc: 'b@example.com',
      to: '{{ visitor.email }}',
    };
    const made = await bento.Sequences.createSequenceEmail(known.sequence, { ...email, ...extras });
    deepEqual([made.attributes.subject, made.attributes.html], [email.subject, email.html]);
    const sequence = (await check.Sequences.getSequences()).find((one) => one.id === known.sequence);
    equal(String(sequence.attributes.email_templates.at(-1).id), made.id);
    await rejects(bento.Sequences.createSequenceEmail('sequence_unknown', email), /\[404\].*Sequence not found/);
    const never = { ...email, delay_interval_count: 0 };
    await rejects(
      bento.Sequences.createSequenceEmail(known.sequence, never),
      /\[422\].*must be a positive integer/,
    );
    return made;
  },
  'EmailTemplates.getEmailTemplate': async ({ bento, check, known }) => {
    const id = await templateOf(check, known);
    const template = await bento.EmailTemplates.getEmailTemplate({ id });
    deepEqual([template.id, template.attributes.subject], [String(id), 'Welcome']);
    equal(await bento.EmailTemplates.getEmailTemplate({ id: 999999 }), null);
    return template;
  },
  'EmailTemplates.updateEmailTemplate': async ({ bento, check, known }) => {
    const html = '<p>New</p>{{ visitor.unsubscribe_url }}';
    const id = await templateOf(check, known);
    const changed = await bento.EmailTemplates.updateEmailTemplate({ id, subject: 'New', html });
    deepEqual([changed.attributes.subject, changed.attributes.html], ['New', html]);
    deepEqual(await check.EmailTemplates.getEmailTemplate({ id }), changed);
    await rejects(bento.EmailTemplates.updateEmailTemplate({ id: 999999, subject: 'New' }), /\[404\].*Not Found/);
    return changed;
  },
  'Workflows.getWorkflows': async ({ bento, known }) => {
    const workflows = await bento.Workflows.getWorkflows();
    ok(workflows.some((one) => one.id === known.workflow));
    return workflows;
  },
  'Forms.getResponses': async ({ bento, known }) => {
    const responses = await bento.Forms.getResponses(known.form);
    equal(responses[0].attributes.data.type, '$surveyFormCompleted');
    return responses;
  },
};
