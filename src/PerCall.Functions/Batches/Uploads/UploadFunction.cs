using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Transfers;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>Serves <c>POST /v1/uploads</c>.</summary>
public sealed class UploadFunction(UploadAddresses uploads, Addresses addresses)
{
    private const int MaxBytes = 64 << 10;

    [Function("CreateUpload")]
    [OpenAiDialect]
    [Operation(
        "Files",
        "Create an upload address",
        "Uploads go directly to storage, at any size, with curl, azcopy or any Azure Storage client. If clients cannot reach the storage "
            + "account, the address leads to the service, and takes a plain PUT of at most max_bytes. "
            + "With a task and a model, the batch starts when the upload is complete.")]
    [Body(
        typeof(CreateUploadRequest),
        "application/json",
        Example = "{\"filename\": \"mails.csv\", \"task\": \"text-classification\", \"model\": \"spam\"}")]
    [Answer(200, typeof(Upload))]
    [Answer(400, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/uploads")] HttpRequest request, CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(
            request, RequestJson.Wire.CreateUploadRequest, "{\"filename\", \"task\", \"model\"}", MaxBytes, cancellation);
        return TypedResults.Ok(
            await uploads.MakeAsync(addresses.ServiceOf(request), Caller.Required(request.HttpContext), body, cancellation));
    }
}
