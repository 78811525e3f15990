"""Alarms (告警): rules, what they watch, and the alarms that supervisors see and acknowledge."""
