/** Short names for the wire types of checks and marks. */
import type { components } from './schema'

type Schemas = components['schemas']

export type MarkInfo = Schemas['MarkInfo']
export type MarkList = Schemas['MarkList']
export type MarkRules = Schemas['MarkRules']
export type MarkStatus = Schemas['MarkStatus']
export type GiveMark = Schemas['GiveMark']
export type QuotaInfo = Schemas['QuotaInfo']
export type RuleInfo = Schemas['RuleInfo']
export type SpotCheckDay = Schemas['SpotCheckDay']
export type SpotCheckInfo = Schemas['SpotCheckInfo']
export type StandingInfo = Schemas['StandingInfo']
export type StandingTable = Schemas['StandingTable']
export type Stretch = Schemas['Stretch']
export type UnitMarks = Schemas['UnitMarks']
