using Xunit;

namespace PerCall.LargeModels.Tests.Dialect;

public sealed class RefusedFieldTests
{
    [Theory]
    [InlineData("\"service_tier\":\"priority\"", "service_tier")]
    [InlineData("\"service_tier\":\"flex\"", "service_tier")]
    [InlineData("\"store\":true", "store")]
    [InlineData("\"audio\":{\"voice\":\"alloy\"}", "audio")]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("\"web_search_options\":{}", "web_search_options")]
    [InlineData("\"data_sources\":[]", "data_sources")]
    [InlineData("\"best_of\":2", "best_of")]
    [InlineData("\"use_beam_search\":true", "use_beam_search")]
    [InlineData("\"chat_template\":\"{{ x }}\"", "chat_template")]
    [InlineData("\"mm_processor_kwargs\":{}", "mm_processor_kwargs")]
    [InlineData("\"models\":[\"dear\"]", "models")]
    [InlineData("\"plugins\":[]", "plugins")]
    [InlineData("\"Max_Tokens\":100000", "Max_Tokens")]
    [InlineData("\"N\":5", "N")]
    [InlineData("\"max_to\u212Aens\":100000", "max_to\u212Aens")]
    [InlineData("\"\u017Ftream\":true", "\u017Ftream")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"Content\":\"b\"}]", "messages[0].Content")]
    [InlineData("\"tools\":[{\"type\":\"web_search\"}]", "tools[0].type")]
    public void Check_ChatWithAFieldThatBillsOtherwise_IsRefusedByName(string members, string param) =>
        Requests.Refused(() => Requests.Chat(members), "unsupported_parameter", param);

    [Theory]
    [InlineData("\"service_tier\":\"auto\"")]
    [InlineData("\"service_tier\":\"default\"")]
    [InlineData("\"service_tier\":null")]
    [InlineData("\"store\":false")]
    [InlineData("\"modalities\":[\"text\"]")]
    [InlineData("\"best_of\":1")]
    [InlineData("\"use_beam_search\":false")]
    [InlineData("\"prompt_cache_key\":\"k\"")]
    [InlineData("\"safety_identifier\":\"k\"")]
    [InlineData("\"providerOptions\":{\"Name\":1}")]
    public void Check_HarmlessValue_Passes(string members) => Assert.Equal(9, Requests.Chat(members).PromptTokens);

    [Theory]
    [InlineData("\"background\":true", "background")]
    [InlineData("\"store\":true", "store")]
    [InlineData("\"previous_response_id\":\"resp_1\"", "previous_response_id")]
    [InlineData("\"conversation\":\"conv_1\"", "conversation")]
    [InlineData("\"conversation\":{\"id\":\"conv_1\"}", "conversation")]
    [InlineData("\"prompt\":{\"id\":\"pmpt_1\"}", "prompt")]
    [InlineData("\"context_management\":[]", "context_management")]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"tools\":[{\"type\":\"web_search_preview\"}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"file_search\",\"vector_store_ids\":[\"vs_1\"]}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"code_interpreter\"}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"mcp\"}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"computer_use_preview\"}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"image_generation\"}]", "tools[0].type")]
    [InlineData("\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]", "input[0]")]
    [InlineData("\"input\":[{\"id\":\"msg_1\"}]", "input[0]")]
    [InlineData("\"input\":[{\"type\":\"file_search_call\",\"id\":\"fs_1\"}]", "input[0].type")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"file_id\":\"f\"}]}]", "input[0].content[0].file_id")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_id\":\"f\"}]}]", "input[0].content[0].file_id")]
    public void Check_ResponseThatReachesOtherData_IsRefusedByName(string members, string param) =>
        Requests.Refused(() => Requests.Responses(members), "unsupported_parameter", param);
}
