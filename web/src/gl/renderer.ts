/** Draws changed faces with WebGL2: the photo as a texture, each face as textured triangles over it. */
import type { Change as PlannedChange } from "../core/change";
import type { Box } from "../core/mesh";
import type { Model } from "../core/model";
import { COPY_FRAGMENT, COPY_VERTEX, FACE_VERTEX, faceFragment } from "./shaders";

export class WebGLMissingError extends Error {}

/** What is drawn of a change. */
export type Change = Pick<PlannedChange, "drawing" | "maps" | "still">;

const ROOM = 3; // how much larger than a picture the target may be that it is drawn into

type Uniforms = Record<string, WebGLUniformLocation | null>;

interface Program {
  program: WebGLProgram;
  uniforms: Uniforms;
}

/** A photo, or a part of it, in the memory of the graphics card. */
export interface Upload {
  texture: WebGLTexture;
  width: number;
  height: number;
}

export class Renderer {
  readonly canvas: HTMLCanvasElement;
  readonly gl: WebGL2RenderingContext;
  /** What draws: the name of the graphics card, or of the software in its place. */
  readonly name: string;
  readonly largest: number;
  /** Whether faces are drawn quickly, with less care: while something moves. */
  quick = false;
  private readonly copy: Program;
  private readonly face: Program;
  private readonly corners: Record<"there" | "here" | "grid" | "indices", WebGLBuffer>;
  private readonly mapTextures: WebGLTexture[];
  private readonly deep: WebGLTexture;
  private target: { framebuffer: WebGLFramebuffer; texture: WebGLTexture; width: number; height: number } | null = null;

  constructor(
    private readonly model: Model,
    canvas: HTMLCanvasElement = document.createElement("canvas"),
  ) {
    this.canvas = canvas;
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false, stencil: false, preserveDrawingBuffer: true });
    if (!gl) throw new WebGLMissingError("this browser has no WebGL2");
    this.gl = gl;
    const info = gl.getExtension("WEBGL_debug_renderer_info");
    this.name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
    this.largest = Math.min(gl.getParameter(gl.MAX_TEXTURE_SIZE) as number, ...(gl.getParameter(gl.MAX_VIEWPORT_DIMS) as Int32Array));
    this.copy = this.link(COPY_VERTEX, COPY_FRAGMENT, ["photo", "flip"]);
    this.face = this.link(FACE_VERTEX, faceFragment(model.channels === 3), [
      "photo",
      "lit",
      "added",
      "deep",
      "still",
      "quick",
      "origin",
      "size",
      "flip",
    ]);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.disable(gl.DITHER);
    this.mapTextures = [this.makeTexture(), this.makeTexture()];
    this.deep = this.makeDeep();
    this.corners = this.makeCorners();
  }

  /** Bring a photo, a video frame or a part of a photo to the graphics card. */
  upload(source: TexImageSource, width: number, height: number, into?: Upload): Upload {
    const { gl } = this;
    const texture = into?.texture ?? this.makeTexture();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source);
    return { texture, width, height };
  }

  free({ texture }: Upload): void {
    this.gl.deleteTexture(texture);
  }

  /**
   * Draw a photo with its faces changed onto the canvas, which takes its size.
   *
   * Right of `from`, a share of the width, faces are changed; left of it the photo stays as it is.
   */
  draw(photo: Upload, changes: readonly Change[], from = 0): void {
    const { gl, canvas } = this;
    if (canvas.width !== photo.width || canvas.height !== photo.height) [canvas.width, canvas.height] = [photo.width, photo.height];
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    this.drawInto(photo, changes, 0, 0, photo.height, Math.round(from * photo.width));
  }

  /**
   * Return a part of a photo with a face changed, as RGBA; `box` says which part of the photo the upload holds, `wanted` which
   * part of it is returned.
   */
  read(part: Upload, box: Box, change: Change, wanted = box): Uint8ClampedArray<ArrayBuffer> {
    const { gl } = this;
    const [x, y, { width, height }] = [wanted.left - box.left, wanted.top - box.top, wanted];
    this.bindTarget(part.width, part.height);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(x, y, width, height);
    this.drawInto(part, [change], box.left, box.top, 0, 0);
    const pixels = new Uint8ClampedArray(4 * width * height);
    gl.readPixels(x, y, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    return pixels;
  }

  /** Wait until all that was asked for is drawn. */
  finish(): void {
    this.gl.readPixels(0, 0, 1, 1, this.gl.RGBA, this.gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  private drawInto(photo: Upload, changes: readonly Change[], left: number, top: number, flip: number, from: number): void {
    const { gl, copy, face } = this;
    gl.viewport(0, 0, photo.width, photo.height);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, photo.texture);
    gl.useProgram(copy.program);
    gl.uniform1i(copy.uniforms.photo, 0);
    gl.uniform1f(copy.uniforms.flip, flip);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.useProgram(face.program);
    gl.uniform1i(face.uniforms.photo, 0);
    gl.uniform1i(face.uniforms.lit, 1);
    gl.uniform1i(face.uniforms.added, 2);
    gl.uniform1i(face.uniforms.deep, 3);
    gl.uniform1f(face.uniforms.quick, this.quick ? 1 : 0);
    gl.activeTexture(gl.TEXTURE3);
    gl.bindTexture(gl.TEXTURE_2D, this.deep);
    gl.uniform2f(face.uniforms.origin, left, top);
    gl.uniform2f(face.uniforms.size, photo.width, photo.height);
    gl.uniform1f(face.uniforms.flip, flip);
    if (from > 0) {
      gl.enable(gl.SCISSOR_TEST);
      gl.scissor(from, 0, Math.max(0, photo.width - from), photo.height);
    }
    for (const change of changes) this.drawFace(change);
    gl.disable(gl.SCISSOR_TEST);
  }

  private drawFace({ drawing, maps, still }: Change): void {
    const { gl } = this;
    gl.uniform1f(this.face.uniforms.still, still);
    const side = Math.sqrt(maps.lit.length / 4);
    [maps.lit, maps.added].forEach((values, i) => {
      if (!values) return;
      gl.activeTexture(gl.TEXTURE1 + i);
      gl.bindTexture(gl.TEXTURE_2D, this.mapTextures[i]);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA16F, side, side, 0, gl.RGBA, gl.FLOAT, values);
    });
    for (const name of ["there", "here", "grid"] as const) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.corners[name]);
      gl.bufferData(gl.ARRAY_BUFFER, drawing[name], gl.DYNAMIC_DRAW);
    }
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.corners.indices);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, drawing.indices, gl.DYNAMIC_DRAW);
    gl.drawElements(gl.TRIANGLES, drawing.indices.length, gl.UNSIGNED_SHORT, 0);
  }

  private bindTarget(width: number, height: number): void {
    const { gl } = this;
    const { target } = this;
    if (target && width <= target.width && height <= target.height && target.width * target.height <= ROOM * width * height) {
      gl.bindFramebuffer(gl.FRAMEBUFFER, target.framebuffer);
      return;
    }
    if (this.target) {
      gl.deleteFramebuffer(this.target.framebuffer);
      gl.deleteTexture(this.target.texture);
    }
    const texture = this.makeTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
    const framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    this.target = { framebuffer, texture, width, height };
  }

  private makeCorners(): Renderer["corners"] {
    const { gl } = this;
    gl.bindVertexArray(gl.createVertexArray());
    const [there, here, grid, indices] = [gl.createBuffer(), gl.createBuffer(), gl.createBuffer(), gl.createBuffer()];
    [there, here, grid].forEach((buffer, location) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, 2, gl.FLOAT, false, 0, 0);
    });
    return { there, here, grid, indices };
  }

  private makeDeep(): WebGLTexture {
    const { gl, model } = this;
    const texture = this.makeTexture();
    const levels = Uint8Array.from(model.deep, (value) => Math.round(255 * value));
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, model.size, model.size, 0, gl.RED, gl.UNSIGNED_BYTE, levels);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    return texture;
  }

  private makeTexture(): WebGLTexture {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const axis of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, axis, gl.CLAMP_TO_EDGE);
    for (const way of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, way, gl.LINEAR);
    return texture;
  }

  private link(vertex: string, fragment: string, names: string[]): Program {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, vertex],
      [gl.FRAGMENT_SHADER, fragment],
    ] as const) {
      const shader = gl.createShader(kind);
      if (!shader) throw new WebGLMissingError("the graphics card is gone");
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      gl.deleteShader(shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
      throw new WebGLMissingError(`the graphics card refuses the program: ${gl.getProgramInfoLog(program)}`);
    }
    return { program, uniforms: Object.fromEntries(names.map((name) => [name, gl.getUniformLocation(program, name)])) };
  }
}
