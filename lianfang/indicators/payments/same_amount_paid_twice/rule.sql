-- an invoice's number has a digit and a number's length; whatever else stands there says nothing
WITH entry AS (
  SELECT
    p.payment_id, COALESCE(p.unit_id, '') AS payer, p.payee_id, p.amount, p.pay_date, p.summary, p.contract_id,
    p.invoice_amount,
    CASE WHEN LENGTH(TRIM(p.invoice_no)) >= param('shortest_number')
      AND (
        p.invoice_no LIKE '%0%' OR p.invoice_no LIKE '%1%' OR p.invoice_no LIKE '%2%' OR p.invoice_no LIKE '%3%'
        OR p.invoice_no LIKE '%4%' OR p.invoice_no LIKE '%5%' OR p.invoice_no LIKE '%6%' OR p.invoice_no LIKE '%7%'
        OR p.invoice_no LIKE '%8%' OR p.invoice_no LIKE '%9%'
      ) THEN p.invoice_no END AS invoice
  FROM payment AS p
  WHERE p.payee_id IS NOT NULL AND ABS(p.amount) >= param('least_amount')
    AND COALESCE(p.status, '') NOT IN ('退回', '作废')
    AND NOT COALESCE(param_has('repeating_purposes', p.purpose), FALSE)
),
-- remarks that go with many payees are a kind of expense and say nothing of one matter
worded AS (
  SELECT e.payer, e.summary, COUNT(DISTINCT e.payee_id) AS payees
  FROM entry AS e
  WHERE e.amount > 0 AND e.summary IS NOT NULL
  GROUP BY e.payer, e.summary
),
placed AS (
  SELECT
    e.payment_id, e.payer, e.payee_id, e.amount, e.pay_date, e.summary, e.contract_id, e.invoice, e.invoice_amount,
    FIRST_VALUE(e.payment_id) OVER same_invoice AS invoice_first,
    LAG(e.pay_date) OVER same_invoice AS invoice_before,
    LAG(e.summary) OVER same_invoice AS summary_before,
    FIRST_VALUE(e.payment_id) OVER same_words AS words_first,
    LAG(e.pay_date) OVER same_words AS words_before,
    LAG(e.invoice) OVER same_words AS words_invoice,
    LAG(e.contract_id) OVER same_words AS words_contract,
    COUNT(*) OVER (PARTITION BY e.payer, e.payee_id, e.amount, e.summary) AS alike,
    SUM(e.amount) OVER (PARTITION BY e.payer, e.payee_id, e.invoice) AS paid_on_invoice,
    SUM(e.amount) OVER (PARTITION BY e.contract_id) AS paid_on_contract
  FROM entry AS e
  WHERE e.amount > 0
  WINDOW
    same_invoice AS (PARTITION BY e.payer, e.payee_id, e.amount, e.invoice ORDER BY e.pay_date, e.payment_id),
    same_words AS (PARTITION BY e.payer, e.payee_id, e.amount, e.summary ORDER BY e.pay_date, e.payment_id)
),
compared AS (
  SELECT
    p.payment_id, p.payer, p.payee_id, p.amount, p.pay_date, p.summary, p.invoice, p.invoice_first, p.invoice_before,
    p.words_first, p.words_before, p.contract_id,
    p.invoice IS NOT NULL AND days(p.invoice_before, p.pay_date) <= param('invoice_days')
      AND NOT COALESCE(p.paid_on_invoice <= p.invoice_amount, FALSE)
      AND NOT COALESCE(
        p.summary <> p.summary_before
          AND (p.summary LIKE '%期%' OR p.summary LIKE '%进度%' OR p.summary LIKE '%首付%' OR p.summary LIKE '%尾款%'),
        FALSE
      ) AS on_invoice,
    days(p.words_before, p.pay_date) <= param('purpose_days')
      AND p.alike < param('series') AND w.payees < param('shared_by')
      AND (p.invoice IS NULL OR p.words_invoice IS NULL)
      AND COALESCE(p.contract_id = p.words_contract, TRUE)
      AND NOT COALESCE(p.paid_on_contract <= c.amount, FALSE) AS on_words
  FROM placed AS p
  LEFT JOIN worded AS w ON w.payer = p.payer AND w.summary = p.summary
  LEFT JOIN contract AS c ON c.contract_id = p.contract_id
),
matter AS (
  SELECT
    c.payment_id, c.payer, c.payee_id, c.amount, c.pay_date, c.on_invoice, c.contract_id, c.summary,
    CASE WHEN c.on_invoice THEN c.invoice ELSE c.summary END AS said,
    CASE WHEN c.on_invoice THEN c.invoice_first ELSE c.words_first END AS first_payment,
    CASE WHEN c.on_invoice THEN c.invoice_before ELSE c.words_before END AS paid_before
  FROM compared AS c
  WHERE c.on_invoice OR c.on_words
),
repeated AS (
  SELECT
    m.payer, m.payee_id, m.amount, m.on_invoice, m.said, COUNT(*) AS repeats, MIN(m.payment_id) AS payment_id,
    MIN(m.first_payment) AS first_payment, MIN(m.paid_before) AS first_paid, MAX(m.pay_date) AS last_paid,
    joined(m.payment_id) AS payment_ids, MIN(m.contract_id) AS contract_id, MIN(m.summary) AS summary
  FROM matter AS m
  WHERE m.said IS NOT NULL
  GROUP BY m.payer, m.payee_id, m.amount, m.on_invoice, m.said
),
taken_back AS (
  SELECT r.payment_id, COUNT(*) AS reversals
  FROM repeated AS r
  JOIN entry AS e ON e.payer = r.payer AND e.payee_id = r.payee_id AND e.amount = -r.amount
    AND e.pay_date >= r.first_paid
  WHERE e.invoice IS NULL OR NOT r.on_invoice OR e.invoice = r.said
  GROUP BY r.payment_id
)
SELECT
  NULLIF(r.payer, '') AS unit_id, 'payment' AS subject_type, r.payment_id AS subject_id,
  r.amount * (r.repeats - COALESCE(t.reversals, 0)) AS metric,
  CASE WHEN r.on_invoice THEN '同一发票' ELSE '同一摘要' END AS matched_by,
  r.payee_id, r.amount AS single_amount, r.said AS invoice_or_summary, r.summary, r.contract_id, r.first_payment,
  r.payment_ids AS repeated_payments, COALESCE(t.reversals, 0) AS reversals, r.first_paid, r.last_paid
FROM repeated AS r
LEFT JOIN taken_back AS t ON t.payment_id = r.payment_id
WHERE r.repeats > COALESCE(t.reversals, 0)
