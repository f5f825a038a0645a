SELECT
  CASE WHEN count(DISTINCT p.unit_id) = 1 THEN min(p.unit_id) END AS unit_id,
  'recipient' AS subject_type,
  p.person_key || '/' || p.scheme AS subject_id,
  count(DISTINCT month_start(p.month)) AS metric,
  min(d.death_date) AS death_date,
  min(d.register_date) AS register_date,
  min(p.month) AS first_month,
  max(p.month) AS last_month,
  sum(p.amount) AS paid,
  sum(CASE WHEN p.month > d.register_date THEN p.amount ELSE 0 END) AS paid_after_registration
FROM pension_payment AS p
JOIN death_record AS d ON d.person_key = p.person_key
WHERE month_start(p.month) > month_start(d.death_date)
  AND p.amount > 0
  AND p.scheme <> '高龄津贴'
  AND NOT (p.scheme LIKE '%丧葬%' OR p.scheme LIKE '%抚恤%' OR p.scheme LIKE '%遗属%')
GROUP BY p.person_key, p.scheme
