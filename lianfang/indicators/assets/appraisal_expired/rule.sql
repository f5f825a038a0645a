WITH deal AS (
  SELECT d.deal_id, d.unit_id, d.asset_kind, d.appraisal_value, d.appraisal_base_date, d.list_start, d.deal_date,
    COALESCE(d.list_start, d.deal_date) AS used_on
  FROM property_deal AS d
  WHERE COALESCE(d.list_round, 1) = 1
)
SELECT
  d.unit_id,
  'property_deal' AS subject_type,
  d.deal_id AS subject_id,
  days(add_months(d.appraisal_base_date, param('valid_months', d.used_on)), d.used_on) AS metric,
  d.asset_kind,
  d.appraisal_value,
  d.appraisal_base_date,
  d.list_start,
  d.deal_date
FROM deal AS d
WHERE d.used_on > add_months(d.appraisal_base_date, param('valid_months', d.used_on))
