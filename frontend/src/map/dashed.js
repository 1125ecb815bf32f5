// Dashed lines: ties that are derived, so that nobody takes them for relations that somebody recorded.
import { EdgeLineProgram } from "sigma/rendering";
import { floatColor } from "sigma/utils";

const DASH = "8.0";
const GAP_FROM = "0.56";

const VERTEX = `
attribute vec4 a_id;
attribute vec4 a_color;
attribute vec2 a_position;
attribute float a_along;
uniform mat3 u_matrix;
uniform float u_pixels;
varying vec4 v_color;
varying float v_along;
const float bias = 255.0 / 254.0;
void main() {
  gl_Position = vec4((u_matrix * vec3(a_position, 1)).xy, 0, 1);
  v_along = a_along * u_pixels / ${DASH};
  #ifdef PICKING_MODE
  v_color = a_id;
  #else
  v_color = a_color;
  #endif
  v_color.a *= bias;
}`;

const FRAGMENT = `
precision highp float;
varying vec4 v_color;
varying float v_along;
void main(void) {
  #ifndef PICKING_MODE
  if (fract(v_along) > ${GAP_FROM}) discard;
  #endif
  gl_FragColor = v_color;
}`;

export class DashedLineProgram extends EdgeLineProgram {
  getDefinition() {
    const plain = super.getDefinition();
    return {
      ...plain,
      VERTEX_SHADER_SOURCE: VERTEX,
      FRAGMENT_SHADER_SOURCE: FRAGMENT,
      UNIFORMS: [...plain.UNIFORMS, "u_pixels"],
      ATTRIBUTES: [...plain.ATTRIBUTES, { name: "a_along", size: 1, type: WebGLRenderingContext.FLOAT }],
    };
  }

  processVisibleItem(number, start, source, target, data) {
    const colour = floatColor(data.color);
    const length = Math.hypot(target.x - source.x, target.y - source.y);
    this.array.set([source.x, source.y, colour, number, 0, target.x, target.y, colour, number, length], start);
  }

  setUniforms(params, { gl, uniformLocations }) {
    gl.uniformMatrix3fv(uniformLocations.u_matrix, false, params.matrix);
    const scale = Math.hypot(params.matrix[0], params.matrix[1]);
    gl.uniform1f(uniformLocations.u_pixels, (scale * params.width) / 2);
  }
}
