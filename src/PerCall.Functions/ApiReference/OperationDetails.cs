using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using PerCall.Functions.Idempotency;
using PerCall.Functions.Requests;

namespace PerCall.Functions.ApiReference;

/// <summary>Adds what the generator has no notion of: bodies of several forms, what query parameters are for, and whose key is needed.</summary>
internal sealed class OperationDetails : IOpenApiOperationTransformer
{
    public const string OperatorScheme = "operator";
    public const string TenantScheme = "tenant";
    private const string FileField = "image";

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var descriptions = metadata.OfType<QueryAttribute>().ToDictionary(q => q.Name, q => q.Description, StringComparer.Ordinal);
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            parameter.Description = parameter.Name == IdempotencyKey.Header
                ? "With the same key the same call is answered as the first time, and charged once."
                : descriptions.GetValueOrDefault(parameter.Name ?? "");
        }

        var bodies = metadata.OfType<BodyAttribute>().ToList();
        if (bodies.Count > 0)
        {
            var content = new Dictionary<string, OpenApiMediaType>();
            foreach (var body in bodies)
            {
                var schema = await SchemaAsync(body.Type, context, cancellationToken);
                foreach (var type in body.ContentTypes)
                {
                    content[type] = new OpenApiMediaType { Schema = schema };
                }
            }

            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = content };
        }

        if (metadata.OfType<FunctionRoute>().Any(r => r.IsManagement))
        {
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(OperatorScheme, context.Document)] = [] }];
        }

        if (metadata.OfType<FunctionRoute>().Any(r => r.IsTenants))
        {
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(TenantScheme, context.Document)] = [] }];
        }

        foreach (var (status, response) in operation.Responses ?? [])
        {
            response.Description = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(int.Parse(status, CultureInfo.InvariantCulture));
        }
    }

    private static async Task<IOpenApiSchema> SchemaAsync(Type type, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        if (type == typeof(byte[]))
        {
            return Binary();
        }

        return type == typeof(IFormFile)
            ? new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Required = new HashSet<string> { FileField },
                Properties = new Dictionary<string, IOpenApiSchema>
                {
                    [FileField] = Binary(),
                    ["model"] = new OpenApiSchema { Type = JsonSchemaType.String },
                    ["top_k"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
                },
            }
            : await context.GetOrCreateSchemaAsync(type, cancellationToken: cancellation);
    }

    private static OpenApiSchema Binary() => new() { Type = JsonSchemaType.String, Format = "binary" };
}
