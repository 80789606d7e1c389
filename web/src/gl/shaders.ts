/**
 * The shaders. Coordinates are pixels with centres at whole numbers: of the texture for the photo, of the model grid for the
 * maps. Where nothing moves, both are read with OpenCV's bicubic (a = -0.75), the two middle taps of a row by the sampler's own
 * interpolation.
 */

export const COPY_VERTEX = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(4.0 * corner - 1.0, 0.0, 1.0);
}`;

export const COPY_FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D photo;
uniform float flip; // height of the target where its first row is to be on top, else 0
out vec4 colour;
void main() {
  ivec2 q = ivec2(gl_FragCoord.xy);
  if (flip > 0.0) q.y = int(flip) - 1 - q.y;
  colour = texelFetch(photo, q, 0);
}`;

export const FACE_VERTEX = `#version 300 es
layout(location = 0) in vec2 there; // where the vertex goes, image pixels
layout(location = 1) in vec2 here;  // where it is in the photo
layout(location = 2) in vec2 model; // where it is on the model grid
uniform vec2 origin;                // the photo's pixel that is the texture's first
uniform vec2 size;                  // of the target, which is the texture's
uniform float flip;
out vec2 source;
out vec2 target;
out vec2 grid;
void main() {
  source = here - origin;
  target = there - origin;
  grid = model;
  vec2 place = (target + 0.5) / size * 2.0 - 1.0;
  gl_Position = vec4(place.x, flip > 0.0 ? -place.y : place.y, 0.0, 1.0);
}`;

const CUBIC = `
vec4 weights(float t) {
  const float a = -0.75;
  float u = 1.0 - t;
  float first = ((a * (t + 1.0) - 5.0 * a) * (t + 1.0) + 8.0 * a) * (t + 1.0) - 4.0 * a;
  float second = ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0;
  float third = ((a + 2.0) * u - (a + 3.0)) * u * u + 1.0;
  return vec4(first, second, third, 1.0 - first - second - third);
}
vec4 cubic(sampler2D picture, vec2 place) {
  vec2 size = vec2(textureSize(picture, 0));
  if (quick > 0.0) return textureLod(picture, (place + 0.5) / size, 0.0);
  vec2 base = floor(place);
  vec4 x = weights(place.x - base.x), y = weights(place.y - base.y);
  float middle_x = x.y + x.z, middle_y = y.y + y.z;
  vec3 u = (base.x + vec3(-0.5, 0.5 + x.z / middle_x, 2.5)) / size.x;
  vec3 v = (base.y + vec3(-0.5, 0.5 + y.z / middle_y, 2.5)) / size.y;
  vec3 across = vec3(x.x, middle_x, x.w), down = vec3(y.x, middle_y, y.w);
  vec4 sum = vec4(0.0);
  for (int j = 0; j < 3; j++) {
    sum += down[j] * (across.x * textureLod(picture, vec2(u.x, v[j]), 0.0) + across.y * textureLod(picture, vec2(u.y, v[j]), 0.0)
                    + across.z * textureLod(picture, vec2(u.z, v[j]), 0.0));
  }
  return sum;
}`;

/**
 * Deep in the mouth, as far as `still` says, a pixel comes from where it is: teeth are fixed to the skull.
 *
 * y = x + a m ((w - 1) x + b): `lit` holds a m b and, where colours share it, a m (w - 1); else `added` holds
 * the latter.
 */
export const faceFragment = (separate: boolean): string => `#version 300 es
precision highp float;
uniform sampler2D photo;
uniform sampler2D lit;
uniform sampler2D deep;
uniform float still;
uniform float quick; // 1 while something moves: pictures are read by the sampler alone, an eighth of the work
${separate ? "uniform sampler2D added;" : ""}
in vec2 source;
in vec2 target;
in vec2 grid;
out vec4 colour;
${CUBIC}
void main() {
  vec2 from = source;
  if (still > 0.0) from += still * texture(deep, (grid + 0.5) / vec2(textureSize(deep, 0))).r * (target - source);
  vec2 moved = abs(from - target);
  vec4 whole = texelFetch(photo, clamp(ivec2(target + 0.5), ivec2(0), textureSize(photo, 0) - 1), 0);
  vec3 x = whole.rgb;
  if (max(moved.x, moved.y) > 0.02) x = clamp(cubic(photo, from).rgb, 0.0, 1.0);
  vec4 bias = cubic(lit, grid + 1.0);
  vec3 change = ${separate ? "cubic(added, grid + 1.0).rgb" : "vec3(bias.a)"};
  colour = vec4(x + change * x + bias.rgb, whole.a);
}`;
