WITH agreement AS (
  SELECT c.comp_id, c.unit_id, c.household_id, c.project_id, c.region_code, c.item_type, c.amount, c.qty,
    c.measured_qty, c.sign_date, COALESCE(c.cert_no, c.object_no) AS object_no,
    -- a title or a numbered plot is one object everywhere; graves, fixtures and crops are numbered per project
    CASE WHEN c.cert_no IS NOT NULL OR c.item_type IN ('土地', '房屋') THEN '' ELSE c.project_id END AS numbered_in
  FROM comp_agreement AS c
  WHERE c.amount > 0
),
object AS (
  SELECT a.region_code, a.item_type, a.object_no, a.numbered_in,
    CASE WHEN count(DISTINCT a.unit_id) = 1 THEN min(a.unit_id) END AS unit_id,
    count(DISTINCT a.comp_id) AS agreements, count(DISTINCT a.household_id) AS households,
    count(DISTINCT a.amount) AS amounts,
    sum(a.amount) AS paid, max(a.amount) AS largest,
    CASE WHEN count(a.qty) = count(*) THEN sum(a.qty) END AS qty, max(a.measured_qty) AS measured_qty,
    joined(a.comp_id) AS agreement_ids, joined(a.unit_id) AS units, joined(a.project_id) AS projects,
    min(a.sign_date) AS first_signed, max(a.sign_date) AS last_signed
  FROM agreement AS a
  WHERE a.region_code IS NOT NULL AND a.item_type IS NOT NULL AND a.object_no IS NOT NULL AND a.numbered_in IS NOT NULL
  GROUP BY a.region_code, a.item_type, a.object_no, a.numbered_in
)
SELECT
  o.unit_id,
  'compensated_object' AS subject_type,
  o.region_code || '/' || o.item_type || '/' ||
    CASE WHEN o.numbered_in = '' THEN '' ELSE o.numbered_in || '/' END || o.object_no AS subject_id,
  o.paid - o.largest AS metric,
  o.agreements,
  o.households,
  o.paid,
  o.qty,
  o.measured_qty,
  o.agreement_ids,
  o.units,
  o.projects,
  o.first_signed,
  o.last_signed
FROM object AS o
WHERE o.agreements > 1
  AND (o.households > 1 OR o.amounts < o.agreements)
  AND NOT COALESCE(o.qty <= o.measured_qty, FALSE)
