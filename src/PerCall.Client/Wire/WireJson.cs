using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerCall.Client.Wire;

/// <summary>The JSON format of PerCall's records on the wire: snake_case, without null values.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16)]
[JsonSerializable(typeof(ClassifyImageRequest))]
[JsonSerializable(typeof(ClassifyImageResponse))]
[JsonSerializable(typeof(ClassifyTextRequest))]
[JsonSerializable(typeof(ClassifyTextResponse))]
[JsonSerializable(typeof(RedactTextRequest))]
[JsonSerializable(typeof(RedactTextResponse))]
[JsonSerializable(typeof(RecommendRequest))]
[JsonSerializable(typeof(RecommendResponse))]
[JsonSerializable(typeof(SimilarItemsRequest))]
[JsonSerializable(typeof(SimilarItemsResponse))]
[JsonSerializable(typeof(EstimateRatingRequest))]
[JsonSerializable(typeof(EstimateRatingResponse))]
[JsonSerializable(typeof(SettleBatchRequest))]
[JsonSerializable(typeof(UndecidedBatchList))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelDetails))]
[JsonSerializable(typeof(ChatCompletionBody))]
[JsonSerializable(typeof(ResponseBody))]
[JsonSerializable(typeof(EmbeddingBody))]
[JsonSerializable(typeof(LargeModelAnswer))]
[JsonSerializable(typeof(PublishedModel))]
[JsonSerializable(typeof(AliasRequest))]
[JsonSerializable(typeof(AliasResponse))]
[JsonSerializable(typeof(CreateTenantRequest))]
[JsonSerializable(typeof(ChangeTenantRequest))]
[JsonSerializable(typeof(Tenant))]
[JsonSerializable(typeof(TenantList))]
[JsonSerializable(typeof(ErasedTenant))]
[JsonSerializable(typeof(PutPlanRequest))]
[JsonSerializable(typeof(PlanVersion))]
[JsonSerializable(typeof(Plan))]
[JsonSerializable(typeof(PlanList))]
[JsonSerializable(typeof(CreateKeyRequest))]
[JsonSerializable(typeof(RotateKeyRequest))]
[JsonSerializable(typeof(ApiKey))]
[JsonSerializable(typeof(NewApiKey))]
[JsonSerializable(typeof(ApiKeyList))]
[JsonSerializable(typeof(OperatorSelf))]
[JsonSerializable(typeof(AuditRecord))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(AuditVerification))]
[JsonSerializable(typeof(UsageReport))]
[JsonSerializable(typeof(Invoice))]
[JsonSerializable(typeof(UsageExport))]
[JsonSerializable(typeof(CreatePredictionRequest))]
[JsonSerializable(typeof(Prediction))]
[JsonSerializable(typeof(PredictionList))]
[JsonSerializable(typeof(WebhookMessage))]
[JsonSerializable(typeof(WebhookSecretList))]
[JsonSerializable(typeof(RotateWebhookSecretRequest))]
[JsonSerializable(typeof(WebhookDelivery))]
[JsonSerializable(typeof(WebhookDeliveryList))]
[JsonSerializable(typeof(WebhookTarget))]
[JsonSerializable(typeof(WebhookTargetList))]
[JsonSerializable(typeof(CreateBatchRequest))]
[JsonSerializable(typeof(Batch))]
[JsonSerializable(typeof(BatchList))]
[JsonSerializable(typeof(QuoteRequest))]
[JsonSerializable(typeof(BatchQuote))]
[JsonSerializable(typeof(StoredFile))]
[JsonSerializable(typeof(StoredFileList))]
[JsonSerializable(typeof(DeletedFile))]
[JsonSerializable(typeof(CreateUploadRequest))]
[JsonSerializable(typeof(Upload))]
[JsonSerializable(typeof(PackageUpload))]
[JsonSerializable(typeof(PublishUploadRequest))]
[JsonSerializable(typeof(InferenceServer))]
[JsonSerializable(typeof(InferenceLive))]
[JsonSerializable(typeof(InferenceReady))]
[JsonSerializable(typeof(InferenceModelReady))]
[JsonSerializable(typeof(InferenceModel))]
[JsonSerializable(typeof(InferenceError))]
[JsonSerializable(typeof(InferRequest))]
[JsonSerializable(typeof(InferResponse))]
[JsonSerializable(typeof(HealthResponse))]
[JsonSerializable(typeof(Problem))]
public sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>
    /// The options for writing. Quotes and non-ASCII letters are not escaped, because these bodies are never embedded in HTML.
    /// </summary>
    public static WireJson Readable =>
        field ??= new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
