/** From what a telephone says of its place (WGS-84) to the degrees of Chinese maps (GCJ-02). */

const AXIS = 6_378_245
const ECCENTRICITY_SQUARED = 0.006693421622965943
const { PI, abs, cos, sin, sqrt } = Math

function waves(value: number, parts: [number, number][]): number {
  return parts.reduce((sum, [weight, frequency]) => sum + weight * sin(value * frequency * PI), 0)
}

function northing(x: number, y: number): number {
  return (
    -100 +
    2 * x +
    3 * y +
    0.2 * y * y +
    0.1 * x * y +
    0.2 * sqrt(abs(x)) +
    (2 / 3) *
      (waves(x, [
        [20, 6],
        [20, 2],
      ]) +
        waves(y, [
          [20, 1],
          [40, 1 / 3],
          [160, 1 / 12],
          [320, 1 / 30],
        ]))
  )
}

function easting(x: number, y: number): number {
  return (
    300 +
    x +
    2 * y +
    0.1 * x * x +
    0.1 * x * y +
    0.1 * sqrt(abs(x)) +
    (2 / 3) *
      waves(x, [
        [20, 6],
        [20, 2],
        [20, 1],
        [40, 1 / 3],
        [150, 1 / 12],
        [300, 1 / 30],
      ])
  )
}

/** Degrees in, degrees out; for places within China. */
export function toChineseMap(lon: number, lat: number): { lon: number; lat: number } {
  const x = lon - 105
  const y = lat - 35
  const radians = (lat / 180) * PI
  const magic = 1 - ECCENTRICITY_SQUARED * sin(radians) ** 2
  const meridian = (AXIS * (1 - ECCENTRICITY_SQUARED)) / (magic * sqrt(magic))
  const parallel = (AXIS / sqrt(magic)) * cos(radians)
  return {
    lon: lon + (easting(x, y) * 180) / (parallel * PI),
    lat: lat + (northing(x, y) * 180) / (meridian * PI),
  }
}
