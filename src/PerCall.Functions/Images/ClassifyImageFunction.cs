using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tasks;
using PerCall.Inference.Images;

namespace PerCall.Functions.Images;

/// <summary><c>POST /v1/images/classify</c>.</summary>
public sealed class ClassifyImageFunction(ImageRequestReader reader, ModelCalls calls, ImageClassifier classifier)
{
    [Function("ClassifyImage")]
    [Idempotent]
    [Operation(
        "Images",
        "Classify an image",
        "The body is the picture itself (JPEG, PNG, WebP, GIF or BMP), a multipart form with one file, "
            + "or JSON with the picture in base64.")]
    [Query(
        "model",
        typeof(string),
        "The model: name (its production version), name/version or name/alias. Required here or in the body.",
        Example = "fashion")]
    [Query("top_k", typeof(int), "Number of labels to return, 1 to 1000. Default: 5.")]
    [Body(typeof(byte[]), "image/*", "application/octet-stream")]
    [Body(typeof(PictureForm), "multipart/form-data")]
    [Body(
        typeof(ClassifyImageRequest),
        "application/json",
        Example = """
            {
              "image": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
              "model": "fashion", "top_k": 2
            }
            """)]
    [Answer(200, typeof(ClassifyImageResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/images/classify")] HttpRequest request,
        CancellationToken cancellation)
    {
        using var call = await reader.ReadAsync(request, cancellation);
        var topK = ModelParameters.TopK(call.TopK);
        var name = ModelParameters.Model(call.Model, "?model=<name>, or 'model' in the body");

        return await calls.AnswerAsync(
            request.HttpContext, ImageCalls.CallOf(classifier, name, call.Image, topK, cancellation), cancellation);
    }
}
