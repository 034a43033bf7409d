using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Predict;

/// <summary>Calls on models that are an input with an output kind.</summary>
public sealed class PredictFunctions(PredictCalls calls)
{
    [Function("Predict")]
    [Idempotent]
    [Operation(
        "Predictions of any kind",
        "Run a model",
        "For models of the task prediction: any kind of input with any kind of output. The body has the member that the model needs: "
            + "input, pairs, image or rows.")]
    [Body(
        typeof(PredictRequest),
        "application/json",
        Example = """{"pairs": [{"text": "Can I send the couch back?", "pair": "You may return the sofa."}], "model": "my-model"}""")]
    [Answer(200, typeof(PredictResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public Task<IResult> Predict(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/predict")] HttpRequest request, CancellationToken cancellation) =>
        calls.AnswerAsync(request, PredictTask.Any, cancellation);

    [Function("PredictTable")]
    [Idempotent]
    [Operation(
        "Tables", "Predict from rows of a table", "Up to 1,000 rows in one call: objects with a value for each column of the model.")]
    [Body(
        typeof(PredictTableRequest),
        "application/json",
        Example = """
            {"model": "churn", "rows": [{
              "tenure": 2, "monthly_charges": 84.5, "total_charges": 169, "contract": "Month-to-month",
              "internet_service": "Fiber optic", "payment_method": "Electronic check", "phone_service": true,
              "multiple_lines": "Yes", "online_security": "No", "online_backup": "No", "device_protection": "No",
              "tech_support": "No", "streaming_tv": "Yes", "streaming_movies": "No", "paperless_billing": true,
              "senior_citizen": true, "partner": false, "dependents": false
            }]}
            """)]
    [Answer(200, typeof(PredictResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public Task<IResult> PredictTable(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/tables/predict")] HttpRequest request,
        CancellationToken cancellation) => calls.AnswerAsync(request, PredictTask.Tables, cancellation);

    [Function("LabelTokens")]
    [Idempotent]
    [Operation("Text", "Label parts of texts", "Names, places or whatever the model labels, with their offsets in the text.")]
    [Body(typeof(LabelTokensRequest), "application/json", Example = """{"input": "Call Ana in Oslo", "model": "contacts"}""")]
    [Answer(200, typeof(PredictResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public Task<IResult> LabelTokens(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/text/tokens")] HttpRequest request,
        CancellationToken cancellation) => calls.AnswerAsync(request, PredictTask.Tokens, cancellation);

    [Function("DetectObjects")]
    [Idempotent]
    [Operation("Images", "Find objects in an image", "The body has the same forms as that of classification.")]
    [Query("model", typeof(string), "The model: name, name/version or name/alias. Required here or in the body.", Example = "shapes")]
    [Body(typeof(byte[]), "image/*", "application/octet-stream")]
    [Body(typeof(PictureForm), "multipart/form-data")]
    [Body(
        typeof(FindInImageRequest),
        "application/json",
        Example = """
            {
              "image": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
              "model": "shapes"
            }
            """)]
    [Answer(200, typeof(PredictResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public Task<IResult> DetectObjects(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/images/detect")] HttpRequest request,
        CancellationToken cancellation) => calls.AnswerPictureAsync(request, PredictTask.Detect, cancellation);

    [Function("SegmentImage")]
    [Idempotent]
    [Operation(
        "Images",
        "Label the pixels of an image",
        "The answer has a mask as PNG. The body has the same forms as that of classification.")]
    [Query("model", typeof(string), "The model: name, name/version or name/alias. Required here or in the body.", Example = "shapes-mask")]
    [Body(typeof(byte[]), "image/*", "application/octet-stream")]
    [Body(typeof(PictureForm), "multipart/form-data")]
    [Body(
        typeof(FindInImageRequest),
        "application/json",
        Example = """
            {
              "image": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
              "model": "shapes-mask"
            }
            """)]
    [Answer(200, typeof(PredictResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public Task<IResult> SegmentImage(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/images/segment")] HttpRequest request,
        CancellationToken cancellation) => calls.AnswerPictureAsync(request, PredictTask.Segment, cancellation);
}
